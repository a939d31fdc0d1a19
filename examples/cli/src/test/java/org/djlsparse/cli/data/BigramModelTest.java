package org.djlsparse.cli.data;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class BigramModelTest {

    @Test
    void countsEachPairOnceMoreThanSeen() {
        BigramModel model = new BigramModel(new int[] {0, 1, 0, 1}, 2);

        // After 0 came twice 1: (2 + 1) / (2 + 2); after 1 came once 0: (1 + 1) / (1 + 2).
        double expected = -(log2(3 / 4.0) + log2(2 / 3.0)) / 2;
        assertThat(model.bitsPerCharacter(new int[] {0, 1, 0})).isCloseTo(expected, within(1e-12));
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }
}
