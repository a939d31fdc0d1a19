package org.djlsparse.mask;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class WeightShapeTest {

    @Test
    void convolutionHasOneMatrixPerTap() {
        WeightShape shape = WeightShape.of(8, 6, 3, 5);

        assertThat(shape).isEqualTo(new WeightShape(8, 6, 15));
        assertThat(shape.size()).isEqualTo(8 * 6 * 15);
        // Entry [7][2][1][4] of a row-major [8][6][3][5] tensor is tap 1 * 5 + 4.
        assertThat(shape.index(9, 7, 2)).isEqualTo(((7 * 6 + 2) * 3 + 1) * 5 + 4);
    }

    @Test
    void linearHasOneTap() {
        assertThat(WeightShape.of(3, 5)).isEqualTo(new WeightShape(3, 5, 1)).hasToString("3 x 5");
    }

    @Test
    void refusesWhatIsNoWeight() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightShape.of(7L))
                .withMessageContaining("[7]")
                .withMessageContaining("[out, in]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightShape.of(4L, 0L, 3L))
                .withMessageContaining("[4, 0, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightShape.of(1L << 20, 1L << 20))
                .withMessageContaining("2147483647");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WeightShape(1 << 30, 1 << 30, 1 << 30))
                .withMessageContaining("2147483647");
        assertThatIllegalArgumentException().isThrownBy(() -> new WeightShape(0, 4, 1));
    }
}
