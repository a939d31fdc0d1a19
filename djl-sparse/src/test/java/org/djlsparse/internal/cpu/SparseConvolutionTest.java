package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests against the definition, on whole numbers, whose sums are exact in any order. */
class SparseConvolutionTest {

    private static final float UNTOUCHED = 0.5f;

    private record Case(Axis vertical, Axis horizontal, int count, int height, int width) {

        int results() {
            return vertical.results(height);
        }

        int columns() {
            return horizontal.results(width);
        }
    }

    @BeforeEach
    void check() {
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void allProductsAreThoseOfTheDefinition(int m) {
        Random random = new Random(m);
        int done = 0;
        while (done < 120) {
            Case some =
                    new Case(
                            axis(random),
                            axis(random),
                            1 + random.nextInt(3),
                            1 + random.nextInt(12),
                            1 + random.nextInt(12));
            if (some.results() > 0 && some.columns() > 0) {
                check(some, NmPattern.of(m / 2, m), random);
                done++;
            }
        }
    }

    @Test
    void imagesAreLargerThanAWindow() {
        Random random = new Random(1);
        Axis three = new Axis(3, 1, 1, 1);
        check(new Case(three, three, 2, 40, 61), NmPattern.of(2, 4), random);
        check(new Case(new Axis(7, 2, 3, 1), three, 1, 70, 90), NmPattern.of(2, 4), random);
        check(new Case(new Axis(5, 1, 4, 2), three, 1, 9, 700), NmPattern.of(2, 4), random);
    }

    @Test
    void manyImagesStandSideBySide() {
        Random random = new Random(2);
        Axis three = new Axis(3, 1, 1, 1);
        check(new Case(three, three, 21, 7, 7), NmPattern.of(2, 4), random);
        check(new Case(new Axis(3, 2, 1, 1), three, 40, 3, 2), NmPattern.of(2, 4), random);
    }

    @Test
    void aMaskOfAnotherKernelIsRefused() {
        Mask mask =
                MaskSolver.enumeration()
                        .solve(new float[64], WeightShape.of(8, 8), NmPattern.of(2, 4));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new SparseConvolution(
                                        VectorLoops.get(),
                                        mask,
                                        new Axis(3, 1, 1, 1),
                                        new Axis(1, 1, 0, 1)))
                .withMessage("mask of 1 taps: must be 3 x 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Axis(3, 0, 1, 1))
                .withMessage(
                        "kernel 3, stride 0, padding 1, dilation 1: must be at least 1, 1, 0 and"
                                + " 1");
    }

    private static Axis axis(Random random) {
        return new Axis(
                1 + random.nextInt(5),
                1 + random.nextInt(3),
                random.nextInt(4),
                1 + random.nextInt(2));
    }

    private static void check(Case some, NmPattern pattern, Random random) {
        int out = 8 + random.nextInt(33);
        int in = 8 + random.nextInt(33);
        int kernelHeight = some.vertical().kernel();
        int kernelWidth = some.horizontal().kernel();
        WeightShape shape = WeightShape.of(out, in, kernelHeight, kernelWidth);
        float[] weight = integers(random, shape.size());
        MaskSolver solver = pattern.m() == 4 ? MaskSolver.enumeration() : MaskSolver.greedy();
        Mask mask = solver.solve(weight, shape, pattern);
        float[] x = integers(random, some.count() * in * some.height() * some.width());
        float[] dy = integers(random, some.count() * out * some.results() * some.columns());
        float[] bias = integers(random, out);
        float[] y = new float[dy.length];
        float[] dx = new float[x.length];
        float[] dw = new float[weight.length];
        Arrays.fill(dx, UNTOUCHED);

        SparseConvolution convolution =
                new SparseConvolution(VectorLoops.get(), mask, some.vertical(), some.horizontal());
        Images input = images(x, some.count(), in, some.height(), some.width());
        Images gradient = images(dy, some.count(), out, some.results(), some.columns());
        Workers workers = Workers.NONE;
        FloatBuffer values = FloatBuffer.wrap(weight);
        convolution.multiply(
                convolution.packForward(values, null, workers),
                input,
                images(y, some.count(), out, some.results(), some.columns()),
                bias,
                workers);
        convolution.inputGradient(
                convolution.packInputGradient(values, null, workers),
                gradient,
                images(dx, some.count(), in, some.height(), some.width()),
                workers);
        convolution.weightGradient(input, gradient, FloatBuffer.wrap(dw), workers);

        float[] expectedY = new float[y.length];
        float[] expectedDx = new float[x.length];
        float[] expectedDw = new float[weight.length];
        boolean[] read = new boolean[some.height() * some.width()];
        for (int image = 0; image < some.count(); image++) {
            for (int o = 0; o < out; o++) {
                for (int u = 0; u < some.results(); u++) {
                    for (int v = 0; v < some.columns(); v++) {
                        int to = ((image * out + o) * some.results() + u) * some.columns() + v;
                        expectedY[to] = bias[o];
                        for (int tap = 0; tap < shape.taps(); tap++) {
                            int row = at(some.vertical(), u, tap / kernelWidth);
                            int column = at(some.horizontal(), v, tap % kernelWidth);
                            if (row < 0
                                    || row >= some.height()
                                    || column < 0
                                    || column >= some.width()) {
                                continue;
                            }
                            read[row * some.width() + column] = true;
                            for (int i = 0; i < in; i++) {
                                if (mask.isKept(tap, o, i)) {
                                    int from =
                                            ((image * in + i) * some.height() + row) * some.width()
                                                    + column;
                                    int w = (o * in + i) * shape.taps() + tap;
                                    expectedY[to] += weight[w] * x[from];
                                    expectedDx[from] += weight[w] * dy[to];
                                    expectedDw[w] += x[from] * dy[to];
                                }
                            }
                        }
                    }
                }
            }
        }
        assertThat(y).as("%s", some).isEqualTo(expectedY);
        assertThat(dw).as("%s", some).isEqualTo(expectedDw);
        for (int i = 0; i < dx.length; i++) {
            boolean left = dx[i] == UNTOUCHED;
            assertThat(left && !convolution.readsAll() ? 0 : dx[i])
                    .as("%s, entry %s", some, i)
                    .isEqualTo(expectedDx[i]);
            assertThat(left && read[i % read.length]).isFalse();
        }
    }

    /** Returns the row that a tap reads for a result. */
    private static int at(Axis axis, int result, int tap) {
        return result * axis.stride() + tap * axis.dilation() - axis.padding();
    }

    private static Images images(float[] data, int count, int channels, int height, int width) {
        return new Images(FloatBuffer.wrap(data), count, channels, height, width);
    }

    private static float[] integers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(9) - 4;
        }
        return values;
    }
}
