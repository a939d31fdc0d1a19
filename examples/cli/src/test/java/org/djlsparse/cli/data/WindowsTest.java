package org.djlsparse.cli.data;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WindowsTest {

    @Test
    void targetsAreOneFurther() {
        Windows windows = Windows.cut(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, 3);

        assertThat(windows.count()).isEqualTo(2);
        assertThat(windows.inputs()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(windows.targets()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void lastWindowNeedsItsLastTarget() {
        assertThat(Windows.cut(new int[3], 3).count()).isZero();
        assertThat(Windows.cut(new int[4], 3).count()).isEqualTo(1);
        assertThat(Windows.cut(new int[0], 3).count()).isZero();
    }
}
