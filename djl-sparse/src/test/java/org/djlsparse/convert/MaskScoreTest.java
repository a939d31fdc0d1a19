package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.torch.LeastSquares;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class MaskScoreTest {

    private final NDManager manager = NDManager.newBaseManager();
    private LeastSquares sums = new LeastSquares(manager, 2, 2, null, 1 << 20);

    /** Adds the inputs (3, 0) and (4, 2), for which X^T X is [[25, 8], [8, 4]]. */
    @BeforeEach
    void add() {
        NDArray x = manager.create(new float[] {3, 0, 4, 2}, new Shape(2, 2));
        sums.add(x, manager.ones(new Shape(2, 2)), null, null);
    }

    @AfterEach
    void close() {
        sums.close();
        manager.close();
    }

    @Test
    void magnitudeIsTheWeightItself() {
        float[] weights = {1, -2, 3, 4};
        assertThat(MaskScore.MAGNITUDE.of(weights, sums, 0.01)).isEqualTo(weights);
    }

    @Test
    void wandaIsMagnitudeTimesNormOfTheInput() {
        // 1 * 5, 2 * 2, 3 * 5, 4 * 2, divided by the largest
        assertThat(MaskScore.WANDA.of(new float[] {1, -2, 3, 4}, sums, 0.01))
                .containsExactly(new float[] {5 / 15f, 4 / 15f, 1, 8 / 15f}, within(1e-6f));
    }

    @Test
    void obsIsSquareOverInverseDiagonal() {
        // Damped by 0.5 of the mean 14.5: [[32.25, 8], [8, 11.25]], of determinant d; the inverse
        // has 11.25 / d and 32.25 / d on its diagonal.
        double first = 1 / 11.25;
        double second = 1 / 32.25;
        double most = 9 * first;
        assertThat(MaskScore.OBS.of(new float[] {1, -2, 3, 4}, sums, 0.5))
                .containsExactly(
                        new float[] {
                            (float) (first / most),
                            (float) (4 * second / most),
                            1,
                            (float) (16 * second / most)
                        },
                        within(1e-6f));
    }

    @Test
    void zerosScoreZeroAndLargeWeightsDoNotOverflow() {
        assertThat(MaskScore.OBS.of(new float[4], sums, 0.5)).containsOnly(0);
        float[] large = {1e30f, -1e30f, 0, 5e29f};
        assertThat(MaskScore.OBS.of(large, sums, 0.5)[0]).isEqualTo(1);
        assertThat(MaskScore.WANDA.of(large, sums, 0.5)[1]).isEqualTo(0.4f, within(1e-6f));
    }
}
