package org.djlsparse.mask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

/** What holds for every solver. */
class MaskSolverTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @ParameterizedTest
    @CsvSource({
        "2:4", "1:4", "3:4", "4:4", "1:2", "4:8", "2:8", "7:8", "8:16", "4:16", "16:32", "3:5",
        "5:7", "40:80"
    })
    void fullTilesKeepExactlyNPerRowAndColumn(String text) {
        NmPattern pattern = NmPattern.parse(text);
        int side = 3 * pattern.m();
        for (int seed = 0; seed < 20; seed++) {
            float[] weights =
                    seed % 2 == 0
                            ? Weights.gaussian(side * side, seed)
                            : Weights.withTies(side * side, seed);
            Mask mask = MaskSolver.auto().solve(weights, WeightShape.of(side, side), pattern);

            for (int tile = 0; tile < 9; tile++) {
                int[] rows = new int[pattern.m()];
                int[] columns = new int[pattern.m()];
                for (int row = 0; row < pattern.m(); row++) {
                    for (int column = 0; column < pattern.m(); column++) {
                        boolean kept =
                                mask.isKept(
                                        0,
                                        tile / 3 * pattern.m() + row,
                                        tile % 3 * pattern.m() + column);
                        rows[row] += kept ? 1 : 0;
                        columns[column] += kept ? 1 : 0;
                    }
                }
                assertThat(rows).containsOnly(pattern.n());
                assertThat(columns).containsOnly(pattern.n());
            }
            assertThat(mask.isTransposable()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2:4, 7, 9, 1",
        "2:4, 4, 4, 9",
        "4:8, 13, 30, 4",
        "2:4, 1, 1, 1",
        "3:5, 2, 100, 1",
        "8:16, 100, 3, 9"
    })
    void raggedEdgesKeepAtMostN(String text, int rows, int columns, int taps) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = new WeightShape(rows, columns, taps);
        float[] weights = Weights.gaussian(shape.size(), 5);

        for (MaskSolver solver : solvers(pattern)) {
            Mask mask = solver.solve(weights, shape, pattern);

            assertThat(mask.isTransposable()).as(solver.getName()).isTrue();
            // Nothing is left out that could be kept: a row and a column with room share no entry.
            assertThat(roomLeft(mask)).as(solver.getName()).isFalse();
        }
    }

    @Test
    void eachKernelTapIsAMatrixOfItsOwn() {
        WeightShape shape = WeightShape.of(10, 9, 3, 3);
        float[] weights = Weights.gaussian(shape.size(), 3);
        for (MaskSolver solver : solvers(PATTERN)) {
            Mask whole = solver.solve(weights, shape, PATTERN);
            for (int tap = 0; tap < 9; tap++) {
                float[] matrix = new float[90];
                boolean[] expected = new boolean[90];
                for (int i = 0; i < 90; i++) {
                    matrix[i] = weights[i * 9 + tap];
                    expected[i] = whole.isKept(tap, i / 9, i % 9);
                }
                Mask one = solver.solve(matrix, WeightShape.of(10, 9), PATTERN);
                assertThat(one.toBooleanArray()).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2:4", "4:8", "8:16"})
    void theTransposedWeightGetsTheTransposedMask(String text) {
        NmPattern pattern = NmPattern.parse(text);
        int rows = 21;
        int columns = 40;
        float[] weights = Weights.gaussian(rows * columns, 7); // all different: no ties
        float[] transposed = new float[weights.length];
        for (int i = 0; i < weights.length; i++) {
            transposed[i % columns * rows + i / columns] = weights[i];
        }
        Mask mask = MaskSolver.auto().solve(weights, WeightShape.of(rows, columns), pattern);
        Mask other = MaskSolver.auto().solve(transposed, WeightShape.of(columns, rows), pattern);
        double kept = Weights.kept(mask, weights);
        assertThat(Weights.kept(other, transposed)).isCloseTo(kept, offset(1e-6));
        for (int i = 0; i < weights.length; i++) {
            assertThat(other.isKept(0, i % columns, i / columns))
                    .isEqualTo(mask.isKept(0, i / columns, i % columns));
        }
    }

    @ParameterizedTest
    @CsvSource({"2:4, 257, 1031, 1", "4:8, 257, 1031, 1", "4:8, 64, 130, 9"})
    void anyNumberOfThreadsGivesTheSameMask(String text, int rows, int columns, int taps) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = new WeightShape(rows, columns, taps);
        float[] weights = Weights.withTies(shape.size(), 11);

        Mask one = new GreedySolver(1).solve(weights, shape, pattern);
        assertThat(new GreedySolver(2).solve(weights, shape, pattern)).isEqualTo(one);
        assertThat(new GreedySolver(8).solve(weights, shape, pattern)).isEqualTo(one);
        one = new ExactSolver(1).solve(weights, shape, pattern);
        assertThat(new ExactSolver(2).solve(weights, shape, pattern)).isEqualTo(one);
        assertThat(new ExactSolver(8).solve(weights, shape, pattern)).isEqualTo(one);
        if (pattern.m() == 4) {
            one = new EnumerationSolver(1).solve(weights, shape, pattern);
            assertThat(new EnumerationSolver(2).solve(weights, shape, pattern)).isEqualTo(one);
            assertThat(new EnumerationSolver(8).solve(weights, shape, pattern)).isEqualTo(one);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2:4, 0.012",
        "4:8, 0.0095",
        "8:16, 0.0075",
        "16:32, 0.0055",
        "2:8, 0.023",
        "4:16, 0.017"
    })
    void greedyLosesLittleOfTheBestScore(String text, double bound) {
        NmPattern pattern = NmPattern.parse(text);
        int side = 512;
        float[] weights = Weights.gaussian(side * side, 13);

        Mask mask = MaskSolver.greedy().solve(weights, WeightShape.of(side, side), pattern);

        double best = FlowReference.kept(weights, side, side, pattern);
        assertThat(1 - Weights.kept(mask, weights) / best).isBetween(0.0, bound);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2:4", "4:8", "8:16", "16:32", "2:8", "4:16", "3:5", "7:8"})
    void exactKeepsTheBestScore(String text) {
        NmPattern pattern = NmPattern.parse(text);
        int side = 512 / pattern.m() * pattern.m();
        for (float[] weights :
                List.of(Weights.gaussian(side * side, 31), Weights.withTies(side * side, 37))) {
            Mask mask = MaskSolver.exact().solve(weights, WeightShape.of(side, side), pattern);

            assertThat(mask.isTransposable()).isTrue();
            assertThat(Weights.kept(mask, weights))
                    .isCloseTo(FlowReference.kept(weights, side, side, pattern), offset(0.05));
        }
    }

    @Test
    void exactIsExactAtRaggedEdgesToo() {
        NmPattern pattern = NmPattern.of(2, 4);
        for (int height = 1; height <= 4; height++) {
            for (int width = 1; width <= 4; width++) {
                WeightShape shape = WeightShape.of(height, width);
                for (int seed = 0; seed < 100; seed++) {
                    float[] weights = Weights.gaussian(height * width, seed);
                    assertThat(MaskSolver.exact().solve(weights, shape, pattern))
                            .isEqualTo(MaskSolver.enumeration().solve(weights, shape, pattern));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1:4", "2:4", "3:4"})
    void enumerationKeepsTheBestScore(String text) {
        NmPattern pattern = NmPattern.parse(text);
        int side = 256;
        float[] weights = Weights.gaussian(side * side, 23);

        Mask mask = MaskSolver.enumeration().solve(weights, WeightShape.of(side, side), pattern);

        assertThat(Weights.kept(mask, weights))
                .isCloseTo(FlowReference.kept(weights, side, side, pattern), offset(1e-2));
    }

    @Test
    void rowWiseKeepsTheLargestOfEachGroup() {
        float[] weights = {1, -4, 3, 2, 0, 0, 0, 0, 5, 5, 5, 5, -7, 1, 2};

        Mask mask = MaskSolver.rowWise().solve(weights, WeightShape.of(1, 15), PATTERN);

        assertThat(mask.toFloatArray())
                .containsExactly(0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1);
    }

    @Test
    void rowWiseIsNotTransposable() {
        float[] weights = Weights.gaussian(64 * 64, 17);
        Mask mask = MaskSolver.rowWise().solve(weights, WeightShape.of(64, 64), PATTERN);

        assertThat(mask.isValidAlongRows()).isTrue();
        assertThat(mask.isValidAlongColumns()).isFalse();
        assertThat(mask.getDensity()).isEqualTo(0.5);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void namesTheFirstWeightThatIsNotFinite(float bad) {
        WeightShape shape = WeightShape.of(200, 100, 3, 3);
        float[] weights = Weights.gaussian(shape.size(), 19);
        weights[shape.index(5, 150, 20)] = bad;
        weights[shape.index(7, 199, 99)] = Float.NaN;
        for (MaskSolver solver : solvers(PATTERN)) {
            assertThatIllegalArgumentException()
                    .as(solver.getName())
                    .isThrownBy(() -> solver.solve(weights, shape, PATTERN))
                    .withMessage(
                            "weight at row 150, column 20, tap 5 is " + bad + ": must be finite");
        }
    }

    @Test
    void signsZerosAndDenormalsCountByMagnitude() {
        float[] weights = {-0f, 0f, Float.MIN_VALUE, -Float.MIN_VALUE};

        Mask mask = MaskSolver.rowWise().solve(weights, WeightShape.of(1, 4), PATTERN);

        assertThat(mask.toFloatArray()).containsExactly(0, 0, 1, 1);
        float[] huge = new float[16];
        Arrays.fill(huge, Float.MAX_VALUE);
        assertThat(MaskSolver.auto().solve(huge, WeightShape.of(4, 4), PATTERN).getDensity())
                .isEqualTo(0.5);
    }

    @Test
    void refusesAWrongLength() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> MaskSolver.auto().solve(new float[15], WeightShape.of(4, 4), PATTERN))
                .withMessage("15 weights for a shape of 4 x 4, which has 16");
    }

    @Test
    void autoIsExactUpToSixteen() {
        WeightShape shape = WeightShape.of(8, 8);
        assertThat(MaskSolver.auto().resolve(NmPattern.of(1, 4), shape).getName())
                .isEqualTo("enumeration");
        assertThat(MaskSolver.auto().resolve(NmPattern.of(4, 8), shape).getName())
                .isEqualTo("exact");
        assertThat(MaskSolver.auto().resolve(NmPattern.of(16, 32), shape).getName())
                .isEqualTo("greedy");
    }

    private static MaskSolver[] solvers(NmPattern pattern) {
        return pattern.m() == 4
                ? new MaskSolver[] {
                    MaskSolver.enumeration(), MaskSolver.exact(), MaskSolver.greedy()
                }
                : new MaskSolver[] {MaskSolver.exact(), MaskSolver.greedy()};
    }

    /** Whether some entry could be added without breaking the pattern. */
    private static boolean roomLeft(Mask mask) {
        WeightShape shape = mask.getShape();
        int m = mask.getPattern().m();
        int n = mask.getPattern().n();
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row++) {
                for (int column = 0; column < shape.columns(); column++) {
                    int inRow = 0;
                    for (int c = column / m * m;
                            c < Math.min(column / m * m + m, shape.columns());
                            c++) {
                        inRow += mask.isKept(tap, row, c) ? 1 : 0;
                    }
                    int inColumn = 0;
                    for (int r = row / m * m; r < Math.min(row / m * m + m, shape.rows()); r++) {
                        inColumn += mask.isKept(tap, r, column) ? 1 : 0;
                    }
                    if (!mask.isKept(tap, row, column) && inRow < n && inColumn < n) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
