package org.djlsparse.mask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

/** The magnitude that solvers keep, against minimum-cost flow and each other, on 150,000 tiles. */
class SolverQualityTest {

    /** Tiles of each kind of weights; the seeds are fixed. */
    @ParameterizedTest
    @CsvSource({
        "2:4, 50000",
        "1:4, 4000",
        "3:4, 4000",
        "4:8, 12000",
        "2:8, 2000",
        "7:8, 1000",
        "8:16, 1000",
        "4:16, 500",
        "16:32, 60",
        "3:5, 2000",
        "32:64, 4"
    })
    void exactSolversKeepTheBestScore(String text, int tiles) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(pattern.m(), tiles * pattern.m());
        for (float[] weights :
                List.of(Weights.gaussian(shape.size(), 31), Weights.withTies(shape.size(), 37))) {
            double best = FlowReference.kept(weights, shape.rows(), shape.columns(), pattern);
            // What rounding costs may lose: half a step of 1e-6 an entry.
            double rounding = 1e-6 * shape.size();
            for (MaskSolver solver :
                    List.of(MaskSolver.enumeration(), MaskSolver.exact(), MaskSolver.flow())) {
                if (solver.supports(pattern)) {
                    Mask mask = solver.solve(weights, shape, pattern);

                    assertThat(mask.isTransposable()).isTrue();
                    assertThat(mask.getDensity()).isEqualTo(pattern.getDensity());
                    assertThat(Weights.kept(mask, weights))
                            .as(solver.getName())
                            .isCloseTo(best, offset(rounding));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2:4", "4:8", "8:16", "3:5", "2:8", "16:32"})
    void exactTileByTile(String text) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(pattern.m(), pattern.m());
        for (int seed = 0; seed < 100; seed++) {
            float[] weights = Weights.gaussian(shape.size(), seed);

            assertThat(MaskSolver.exact().solve(weights, shape, pattern))
                    .isEqualTo(MaskSolver.flow().solve(weights, shape, pattern));
        }
    }

    @ParameterizedTest
    @CsvSource({"4:8", "8:16", "16:32", "2:8", "4:16", "2:4"})
    void nearExactSolversLoseAtMostAFifthOfAPercent(String text) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(512, 512);
        float[] weights = Weights.gaussian(shape.size(), 13);
        double best = Weights.kept(MaskSolver.exact().solve(weights, shape, pattern), weights);
        for (MaskSolver solver : List.of(MaskSolver.swap(), MaskSolver.entropic())) {
            double kept = Weights.kept(solver.solve(weights, shape, pattern), weights);

            assertThat(1 - kept / best).as(solver.getName()).isBetween(0.0, 0.002);
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
        WeightShape shape = WeightShape.of(512, 512);
        float[] weights = Weights.gaussian(shape.size(), 13);
        double best = Weights.kept(MaskSolver.exact().solve(weights, shape, pattern), weights);

        Mask mask = MaskSolver.greedy().solve(weights, shape, pattern);

        assertThat(1 - Weights.kept(mask, weights) / best).isBetween(0.0, bound);
    }

    @ParameterizedTest
    @CsvSource({"2:4", "1:4", "3:4", "4:8", "2:8", "7:8", "8:16", "4:16", "3:5"})
    void lightFirstPrunesAtMostTwiceTheLeast(String text) {
        NmPattern pattern = NmPattern.parse(text);
        int m = pattern.m();
        WeightShape shape = WeightShape.of(m, m);
        for (int seed = 0; seed < 1000; seed++) {
            float[] weights =
                    switch (seed % 3) {
                        case 0 -> Weights.withTies(m * m, seed);
                        case 1 -> Weights.mostlyZero(m * m, seed);
                        default -> Weights.gaussian(m * m, seed);
                    };
            double all = Weights.magnitude(weights);
            double least =
                    all - Weights.kept(MaskSolver.exact().solve(weights, shape, pattern), weights);
            Mask mask = MaskSolver.lightFirst().solve(weights, shape, pattern);
            double pruned = all - Weights.kept(mask, weights);

            assertThat(prunedAsPublished(weights, pattern)).isLessThanOrEqualTo(2 * least + 1e-5);
            assertThat(pruned).isLessThanOrEqualTo(2 * least + 1e-5);
        }
    }

    /** The algorithm as published, without completion, on one tile. */
    private static double prunedAsPublished(float[] tile, NmPattern pattern) {
        int m = pattern.m();
        int[] rowZeros = new int[m];
        int[] columnZeros = new int[m];
        List<Integer> lightFirst =
                IntStream.range(0, m * m)
                        .boxed()
                        .sorted(Comparator.comparing(i -> Math.abs(tile[i])))
                        .toList();
        double pruned = 0;
        for (int entry : lightFirst) {
            int zeros = Math.min(rowZeros[entry / m], columnZeros[entry % m]);
            if (zeros < m - pattern.n()) {
                rowZeros[entry / m]++;
                columnZeros[entry % m]++;
                pruned += Math.abs(tile[entry]);
            }
        }
        return pruned;
    }

    /**
     * An entry that light-first keeps is among the N heaviest of its row and of its column, so that
     * heavy-first finds room for it whatever came before: completed, both keep the same, but for
     * tiles that the bound sends on.
     */
    @Test
    void lightFirstCompletedIsHeavyFirst() {
        for (String text : List.of("2:4", "4:8", "8:16", "2:8")) {
            NmPattern pattern = NmPattern.parse(text);
            WeightShape shape = WeightShape.of(130, 170);
            float[] weights = Weights.gaussian(shape.size(), 5);

            assertThat(MaskSolver.lightFirst().solve(weights, shape, pattern))
                    .isEqualTo(MaskSolver.greedy().solve(weights, shape, pattern));
        }
    }
}
