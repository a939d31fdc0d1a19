package org.djlsparse.mask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MaskDiversityTest {

    @ParameterizedTest
    @CsvSource({"1, 2, 2", "1, 3, 3", "2, 3, 3", "1, 4, 4", "2, 4, 4", "3, 4, 4", "1, 2, 4"})
    void countsAreThoseOfBruteForce(int n, int m, int side) {
        NmPattern pattern = NmPattern.of(n, m);
        int size = side * side;
        long unstructured = 0;
        long rows = 0;
        long transposable = 0;
        for (int bits = 0; bits < 1 << size; bits++) {
            unstructured += Integer.bitCount(bits) == size / m * n ? 1 : 0;
            boolean inRows = exact(bits, n, m, side, false);
            rows += inRows ? 1 : 0;
            transposable += inRows && exact(bits, n, m, side, true) ? 1 : 0;
        }
        assertThat(MaskDiversity.unstructured(pattern, side)).isEqualTo(unstructured);
        assertThat(MaskDiversity.rowWise(pattern, side)).isEqualTo(rows);
        assertThat(MaskDiversity.transposable(pattern, side)).isEqualTo(transposable);
    }

    @Test
    void countsOfAnEightByEightBlock() {
        NmPattern twoOfFour = NmPattern.of(2, 4);
        NmPattern fourOfEight = NmPattern.of(4, 8);

        assertThat(MaskDiversity.unstructured(fourOfEight, 8))
                .isEqualTo(new BigInteger("1832624140942590534"));
        assertThat(MaskDiversity.rowWise(twoOfFour, 8)).isEqualTo(BigInteger.valueOf(6).pow(16));
        assertThat(MaskDiversity.rowWise(fourOfEight, 8)).isEqualTo(BigInteger.valueOf(70).pow(8));
        assertThat(MaskDiversity.transposable(twoOfFour, 8))
                .isEqualTo(BigInteger.valueOf(90).pow(4));
        assertThat(MaskDiversity.transposable(fourOfEight, 8)).isEqualTo(116_963_796_250L);
        assertThat(MaskDiversity.transposableFormula(twoOfFour, 8))
                .isEqualTo(BigInteger.valueOf(4 * 3 * 2 * 3 * 2).pow(4));
        assertThat(MaskDiversity.transposableFormula(fourOfEight, 8))
                .isEqualTo(17_557_585_920_000L);
    }

    /**
     * The values are OEIS A001499, A001501 and A058528: matrices with 2, 3 and 4 ones in each line.
     */
    @ParameterizedTest
    @CsvSource({
        "2, 5, 2040",
        "2, 8, 187530840",
        "3, 5, 2040",
        "3, 6, 297200",
        "3, 7, 68938800",
        "3, 8, 24046189440",
        "4, 5, 120",
        "4, 6, 67950",
        "4, 7, 68938800",
    })
    void transposableCountsAreThoseKnown(int n, int m, long count) {
        assertThat(MaskDiversity.transposable(NmPattern.of(n, m), m)).isEqualTo(count);
    }

    @Test
    void aMaskAndWhatItPrunesAreAsMany() {
        assertThat(MaskDiversity.transposable(NmPattern.of(28, 32), 32))
                .isEqualTo(MaskDiversity.transposable(NmPattern.of(4, 32), 32));
        assertThat(MaskDiversity.transposable(NmPattern.of(5, 5), 10)).isOne();
    }

    @Test
    void theBlockMustHoldWholeTiles() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskDiversity.transposable(NmPattern.of(4, 8), 12))
                .withMessage("block side 12: must be a positive multiple of M = 8");
    }

    /** Returns whether each group of M keeps exactly N, along rows or along columns. */
    private static boolean exact(int bits, int n, int m, int side, boolean columns) {
        for (int line = 0; line < side; line++) {
            for (int group = 0; group < side; group += m) {
                int count = 0;
                for (int i = group; i < group + m; i++) {
                    count += bits >> (columns ? i * side + line : line * side + i) & 1;
                }
                if (count != n) {
                    return false;
                }
            }
        }
        return true;
    }
}
