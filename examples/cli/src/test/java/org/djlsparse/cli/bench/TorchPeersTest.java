package org.djlsparse.cli.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** The peers behave as their papers say, so that comparisons with them are fair. */
class TorchPeersTest {

    private static final WeightShape SHAPE = WeightShape.of(64, 128);

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final TorchPeers peers = TorchPeers.load(manager);
    private final float[] weights = gaussian();
    private final NDArray weight = manager.create(weights, new Shape(64, 128));

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void theProductIsExactWhereNothingTies() {
        NmPattern pattern = NmPattern.of(2, 4);

        assertThat(mask(peers.product(weight), pattern))
                .isEqualTo(MaskSolver.enumeration().solve(weights, SHAPE, pattern));
    }

    @ParameterizedTest
    @CsvSource({"2, 4", "4, 8", "8, 16"})
    void greedyIsTheLoopThatItSays(int n, int m) {
        boolean[] expected = new boolean[weights.length];
        for (int tile = 0; tile < weights.length / m / m; tile++) {
            int first = tile / (128 / m) * m * 128 + tile % (128 / m) * m;
            int[] rows = new int[m];
            int[] columns = new int[m];
            IntStream.range(0, m * m)
                    .boxed()
                    .sorted(
                            Comparator.comparingDouble(
                                    e -> -Math.abs(weights[first + e / m * 128 + e % m])))
                    .forEach(
                            e -> {
                                if (rows[e / m] < n && columns[e % m] < n) {
                                    expected[first + e / m * 128 + e % m] = true;
                                    rows[e / m]++;
                                    columns[e % m]++;
                                }
                            });
        }

        assertThat(peers.greedy(weight, NmPattern.of(n, m)).toBooleanArray()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"4, 8, 0.004", "8, 16, 0.004"})
    void theEntropicPeerIsNearTheBest(int n, int m, double bound) {
        NmPattern pattern = NmPattern.of(n, m);

        Mask mask = mask(peers.entropic(weight, pattern), pattern);

        double best = MaskSolver.exact().solve(weights, SHAPE, pattern).getKeptMagnitude(weights);
        assertThat(mask.isTransposable()).isTrue();
        assertThat(1 - mask.getKeptMagnitude(weights) / best).isBetween(0.0, bound);
        assertThat(mask.getKeptMagnitude(weights))
                .isGreaterThan(
                        mask(peers.greedy(weight, pattern), pattern).getKeptMagnitude(weights));
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> peers.greedy(weight, NmPattern.of(3, 5)))
                .withMessage(
                        "weight of type float32 and shape (64, 128): must be float32 with two"
                                + " dimensions, multiples of M = 5");
    }

    private static Mask mask(NDArray keep, NmPattern pattern) {
        return Mask.of(SHAPE, pattern, keep.toBooleanArray());
    }

    private static float[] gaussian() {
        Random random = new Random(5);
        float[] weights = new float[SHAPE.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }
}
