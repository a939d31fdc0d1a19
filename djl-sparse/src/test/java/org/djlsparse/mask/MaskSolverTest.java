package org.djlsparse.mask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

/** Properties of every solver. */
class MaskSolverTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @ParameterizedTest
    @CsvSource({
        "2:4", "1:4", "3:4", "4:4", "1:2", "4:8", "2:8", "7:8", "8:16", "4:16", "16:32", "3:5",
        "5:7", "40:80"
    })
    void fullTilesKeepExactlyNPerRowAndColumn(String text) {
        NmPattern pattern = NmPattern.parse(text);
        for (MaskSolver solver : solvers(pattern)) {
            assertExactlyN(solver, pattern);
        }
    }

    private static void assertExactlyN(MaskSolver solver, NmPattern pattern) {
        int side = 3 * pattern.m();
        for (int seed = 0; seed < 6; seed++) {
            float[] weights =
                    seed % 2 == 0
                            ? Weights.gaussian(side * side, seed)
                            : Weights.withTies(side * side, seed);
            Mask mask = solver.solve(weights, WeightShape.of(side, side), pattern);

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
                assertThat(rows).as(solver.getName()).containsOnly(pattern.n());
                assertThat(columns).as(solver.getName()).containsOnly(pattern.n());
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
    @CsvSource({"2:4, 257, 511, 1", "4:8, 257, 511, 1", "4:8, 64, 130, 9"})
    void anyNumberOfThreadsGivesTheSameMask(String text, int rows, int columns, int taps) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = new WeightShape(rows, columns, taps);
        float[] weights = Weights.withTies(shape.size(), 11);

        List<MaskSolver> one = solvers(pattern, 1);
        List<MaskSolver> two = solvers(pattern, 2);
        List<MaskSolver> eight = solvers(pattern, 8);
        for (int i = 0; i < one.size(); i++) {
            Mask mask = one.get(i).solve(weights, shape, pattern);
            String name = one.get(i).getName();
            assertThat(two.get(i).solve(weights, shape, pattern)).as(name).isEqualTo(mask);
            assertThat(eight.get(i).solve(weights, shape, pattern)).as(name).isEqualTo(mask);
        }
    }

    @Test
    void exactSolversAgreeAtRaggedEdges() {
        NmPattern pattern = NmPattern.of(2, 4);
        for (int height = 1; height <= 4; height++) {
            for (int width = 1; width <= 4; width++) {
                WeightShape shape = WeightShape.of(height, width);
                for (int seed = 0; seed < 100; seed++) {
                    float[] weights = Weights.gaussian(height * width, seed);
                    Mask best = MaskSolver.enumeration().solve(weights, shape, pattern);
                    assertThat(MaskSolver.exact().solve(weights, shape, pattern)).isEqualTo(best);
                    assertThat(MaskSolver.flow().solve(weights, shape, pattern)).isEqualTo(best);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4:8, 13, 30", "3:5, 12, 9", "8:16, 41, 19", "5:7, 3, 40", "4:8, 2, 2"})
    void exactSolversKeepTheSameScoreOfRaggedWeights(String text, int rows, int columns) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(rows, columns);
        for (int seed = 0; seed < 50; seed++) {
            float[] weights = Weights.gaussian(rows * columns, seed);
            Mask exact = MaskSolver.exact().solve(weights, shape, pattern);
            Mask flow = MaskSolver.flow().solve(weights, shape, pattern);

            assertThat(Weights.kept(exact, weights))
                    .isCloseTo(Weights.kept(flow, weights), offset(1e-5));
        }
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

    @ParameterizedTest
    @CsvSource({
        "1:4, 8, enumeration",
        "2:4, 8192, enumeration",
        "4:8, 8192, exact",
        "16:32, 1024, exact",
        "16:32, 1025, swap",
        "40:80, 8, greedy",
    })
    void autoIsExactWhereThatIsCheap(String pattern, int side, String solver) {
        assertThat(
                        MaskSolver.auto()
                                .resolve(NmPattern.parse(pattern), WeightShape.of(side, side))
                                .getName())
                .isEqualTo(solver);
    }

    @Test
    void largeTilesAreRefusedByName() {
        NmPattern pattern = NmPattern.of(40, 80);
        for (MaskSolver solver :
                List.of(MaskSolver.exact(), MaskSolver.swap(), MaskSolver.entropic())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> solver.solve(new float[6400], WeightShape.of(80, 80), pattern))
                    .withMessage(
                            "pattern 40:80: not supported by the solver \""
                                    + solver.getName()
                                    + "\"");
        }
    }

    @ParameterizedTest
    @CsvSource({"2:4", "3:5", "1:8"})
    void unstructuredKeepsTheLargestOfAll(String text) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(30, 20, 3);
        for (float[] weights : List.of(Weights.gaussian(1800, 3), Weights.withTies(1800, 3))) {
            Mask mask = MaskSolver.unstructured().solve(weights, shape, pattern);

            List<Integer> order =
                    IntStream.range(0, 1800)
                            .boxed()
                            .sorted(Comparator.comparing(i -> -Math.abs(weights[i])))
                            .toList(); // a stable sort
            boolean[] expected = new boolean[1800];
            order.subList(0, 1800 * pattern.n() / pattern.m()).forEach(i -> expected[i] = true);
            assertThat(mask.toBooleanArray()).isEqualTo(expected);
        }
    }

    @Test
    void oddTilesGetValidMasks() {
        // An outlier, equal entries, denormals, the largest floats, one entry that is not zero.
        float[][] tiles = new float[5][256];
        float[] outlier = Weights.gaussian(256, 1);
        outlier[77] = 1e30f;
        tiles[0] = outlier;
        Arrays.fill(tiles[1], -0.25f);
        for (int i = 0; i < 256; i++) {
            tiles[2][i] = Float.MIN_VALUE * (i % 7);
            tiles[3][i] = Float.MAX_VALUE / (1 + i % 3);
        }
        tiles[4][200] = -1;
        for (String text : List.of("2:4", "4:8", "8:16", "4:16")) {
            NmPattern pattern = NmPattern.parse(text);
            for (MaskSolver solver : solvers(pattern)) {
                for (float[] tile : tiles) {
                    Mask mask = solver.solve(tile, WeightShape.of(16, 16), pattern);
                    assertThat(mask.isTransposable()).as(solver.getName()).isTrue();
                    assertThat(mask.getDensity()).isEqualTo(pattern.getDensity());
                }
                assertThat(solver.solve(outlier, WeightShape.of(16, 16), pattern).isKept(0, 4, 13))
                        .as(solver.getName())
                        .isTrue();
            }
        }
    }

    /** All transposable solvers of a pattern. */
    private static List<MaskSolver> solvers(NmPattern pattern) {
        return solvers(pattern, 2);
    }

    private static List<MaskSolver> solvers(NmPattern pattern, int threads) {
        return Stream.<MaskSolver>of(
                        new EnumerationSolver(threads),
                        new ExactSolver(threads),
                        new FlowSolver(threads),
                        new SwapSolver(threads),
                        new EntropicSolver(threads),
                        new GreedySolver(threads),
                        new LightFirstSolver(threads))
                .filter(solver -> solver.supports(pattern))
                .toList();
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
