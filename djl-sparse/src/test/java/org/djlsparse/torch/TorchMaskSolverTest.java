package org.djlsparse.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;

import org.djlsparse.ResourceCount;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests against the solvers in Java, whose own tests compare them with brute force and a flow
 * solver.
 */
class TorchMaskSolverTest {

    private static final NmPattern TWO_OF_FOUR = NmPattern.of(2, 4);

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final TorchMaskSolver solver = TorchMaskSolver.create();

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1:4", "2:4", "3:4", "4:4"})
    void enumerationIsJavasToTheBit(String text) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(128, 256);
        Random random = new Random(1);
        for (float[] weights :
                List.of(
                        Weights.gaussian(shape.size(), 2),
                        Weights.withTies(shape.size(), 3),
                        new float[shape.size()],
                        fill(shape, () -> 0.1f),
                        fill(shape, () -> Float.MAX_VALUE),
                        // Denormals.
                        fill(shape, () -> random.nextInt(9) * Float.MIN_VALUE),
                        // All magnitudes.
                        fill(
                                shape,
                                () -> Math.scalb(random.nextFloat(), random.nextInt(250) - 125)),
                        // Sums whose last bits depend on the order of addition: ties in double
                        // precision between unequal numbers.
                        fill(shape, () -> Math.scalb(1f, 30 * random.nextInt(4))),
                        fill(shape, () -> random.nextBoolean() ? 1e30f : 1e-30f),
                        fill(shape, () -> random.nextInt(3) * 0.3f + random.nextInt(3) * 0x1p-30f),
                        fill(
                                shape,
                                () ->
                                        random.nextInt(4) == 0
                                                ? 0x1p28f * (1 + random.nextInt(3) * 0x1p-22f)
                                                : random.nextInt(64) * 0x1.fp-28f))) {
            assertThat(solver.solve(weights, shape, pattern))
                    .isEqualTo(MaskSolver.enumeration().solve(weights, shape, pattern));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2:4, 7, 9, 1",
        "2:4, 4, 4, 9",
        "2:4, 1, 1, 1",
        "3:4, 3, 40, 2",
        "2:4, 40, 3, 1",
        "1:4, 6, 6, 25"
    })
    void enumerationIsJavasAtRaggedEdgesAndInKernelTaps(
            String text, int rows, int columns, int taps) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = new WeightShape(rows, columns, taps);
        for (float[] weights :
                List.of(Weights.gaussian(shape.size(), 5), Weights.withTies(shape.size(), 7))) {
            assertThat(solver.solve(weights, shape, pattern))
                    .isEqualTo(MaskSolver.enumeration().solve(weights, shape, pattern));
        }
    }

    @ParameterizedTest
    @CsvSource({"4:8, 0.0002", "8:16, 0.0006", "16:32, 0.0006", "2:8, 0.0002", "4:16, 0.0006"})
    void otherPatternsLoseLittle(String text, double bound) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(256, 256);
        float[] weights = Weights.gaussian(shape.size(), 11);

        Mask mask = solver.solve(weights, shape, pattern);

        double best = MaskSolver.exact().solve(weights, shape, pattern).getKeptMagnitude(weights);
        assertThat(1 - mask.getKeptMagnitude(weights) / best).isBetween(-1e-12, bound);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1:2", "2:2", "2:3", "3:5", "5:7", "4:8", "7:8", "8:8", "8:16", "1:16", "16:32",
                "20:40"
            })
    void fullTilesKeepExactlyN(String text) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = WeightShape.of(3 * pattern.m(), 2 * pattern.m());
        Random random = new Random(13);
        for (float[] weights :
                List.of(
                        Weights.gaussian(shape.size(), 17),
                        Weights.withTies(shape.size(), 19),
                        new float[shape.size()],
                        fill(shape, () -> 0.3f),
                        fill(shape, () -> random.nextInt(40) == 0 ? 1 : 0),
                        fill(shape, () -> Math.scalb(1f, random.nextInt(276) - 149)))) {
            Mask mask = solver.solve(weights, shape, pattern);

            assertThat(mask.isTransposable()).isTrue();
            // At most N everywhere, and N on average.
            assertThat(mask.getKeptCount())
                    .isEqualTo((long) shape.size() / pattern.m() * pattern.n());
        }
    }

    @Test
    void raggedEdgesOfOtherPatternsAreJavas() {
        NmPattern pattern = NmPattern.of(4, 8);
        WeightShape shape = WeightShape.of(21, 30, 2, 2);
        float[] weights = Weights.gaussian(shape.size(), 23);

        Mask mask = solver.solve(weights, shape, pattern);

        Mask exact = MaskSolver.exact().solve(weights, shape, pattern);
        assertThat(mask.isTransposable()).isTrue();
        for (int tap = 0; tap < 4; tap++) {
            for (int row = 0; row < 21; row++) {
                for (int column = 0; column < 30; column++) {
                    if (row >= 16 || column >= 24) {
                        assertThat(mask.isKept(tap, row, column))
                                .isEqualTo(exact.isKept(tap, row, column));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2:4", "4:8", "8:16"})
    void chunksAndThreadsDoNotMatter(String text) {
        NmPattern pattern = NmPattern.parse(text);
        WeightShape shape = new WeightShape(64, 80, 3);
        int threads = JniUtils.getNumThreads();
        for (float[] weights :
                List.of(Weights.gaussian(shape.size(), 29), Weights.withTies(shape.size(), 31))) {
            Mask mask = solver.solve(weights, shape, pattern);
            // One tile with its taps at once, a part of a row of tiles, and a few rows.
            for (long bytes : new long[] {1, 30_000, 100_000, 500_000}) {
                TorchMaskSolver small = TorchMaskSolver.builder().optScratchBytes(bytes).build();
                assertThat(small.solve(weights, shape, pattern)).isEqualTo(mask);
            }
            try {
                for (int count = 1; count <= 3; count++) {
                    JniUtils.setNumThreads(count);
                    assertThat(solver.solve(weights, shape, pattern)).isEqualTo(mask);
                }
            } finally {
                JniUtils.setNumThreads(threads);
            }
        }
    }

    @Test
    void arraysOfAllFloatingPointTypes() {
        float[] weights = new float[32 * 24];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (i * 37 % 251 - 125) / 64f; // exact in each of the types
        }
        Mask expected =
                MaskSolver.enumeration().solve(weights, WeightShape.of(32, 24), TWO_OF_FOUR);
        NDArray weight = manager.create(weights, new Shape(32, 24));
        NDArray brain = convert(weight, "torch.to(x, 15)");
        for (NDArray array :
                List.of(
                        weight,
                        weight.toType(DataType.FLOAT16, false),
                        weight.toType(DataType.FLOAT64, false),
                        brain,
                        // Not contiguous.
                        manager.create(weights, new Shape(32, 24))
                                .transpose()
                                .duplicate()
                                .transpose())) {
            try (NDArray mask = solver.solve(array, TWO_OF_FOUR)) {
                assertThat(mask.getDataType()).isEqualTo(DataType.BOOLEAN);
                assertThat(mask.getShape()).isEqualTo(array.getShape());
                assertThat(mask.getDevice()).isEqualTo(array.getDevice());
                assertThat(mask.toBooleanArray()).isEqualTo(expected.toBooleanArray());
            }
        }
    }

    @Test
    void otherTypesThatDjlDoesNotKnowAreRefused() {
        NDArray complex128 = convert(manager.ones(new Shape(8, 8)), "torch.to(x, 10)");

        assertThat(complex128.getDataType()).isEqualTo(DataType.UNKNOWN);
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> solver.solve(complex128, TWO_OF_FOUR))
                .withMessageStartingWith("TorchScript MaskSolver.all_finite(")
                .withMessageEndingWith("the weight is not of a floating-point type");
    }

    @Test
    void onlyTheMaskStays() {
        NDArray weight = manager.randomNormal(new Shape(37, 22, 3, 3));
        weight.setRequiresGradient(true);
        NDArray mask = solver.solve(weight, TWO_OF_FOUR);
        assertThat(mask.getManager()).isSameAs(manager);
        assertThat(mask.getShape()).isEqualTo(weight.getShape());
        mask.close();
        int before = ResourceCount.of(manager);
        for (String pattern : List.of("2:4", "4:8", "3:5", "2:40")) {
            NDArray kept = solver.solve(weight, NmPattern.parse(pattern));
            assertThat(ResourceCount.of(manager)).isEqualTo(before + 1);
            kept.close();
        }
        assertThat(weight.hasGradient()).isTrue();
    }

    @Test
    void threadsMayShareASolver() {
        float[] weights = Weights.gaussian(64 * 64, 37);
        WeightShape shape = WeightShape.of(64, 64);
        for (NmPattern pattern : List.of(TWO_OF_FOUR, NmPattern.of(4, 8))) {
            Mask expected = solver.solve(weights, shape, pattern);
            assertThat(
                            IntStream.range(0, 24)
                                    .parallel()
                                    .mapToObj(i -> solver.solve(weights, shape, pattern))
                                    .toList())
                    .allMatch(expected::equals);
        }
    }

    @Test
    void refusesWhatItCannotSolveBeforeTheEngineSeesIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> solver.solve(manager.ones(new Shape(8)), TWO_OF_FOUR))
                .withMessage("weight of shape [8]: must be [out, in] or [out, in, k1, ...]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> solver.solve(manager.ones(new Shape(8, 0)), TWO_OF_FOUR))
                .withMessageContaining("weight of shape [8, 0]: each dimension must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                solver.solve(
                                        manager.ones(new Shape(8, 8), DataType.INT32), TWO_OF_FOUR))
                .withMessage("weight of type int32: must be float16, bfloat16, float32 or float64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> solver.solve(new float[15], WeightShape.of(4, 4), TWO_OF_FOUR))
                .withMessage("15 weights for a shape of 4 x 4, which has 16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TorchMaskSolver.builder().optScratchBytes(0).build())
                .withMessage("scratchBytes 0: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TorchMaskSolver.builder().optRounds(0).build())
                .withMessage("rounds 0: must be at least 1");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void namesTheFirstWeightThatIsNotFinite(float bad) {
        WeightShape shape = WeightShape.of(20, 10, 3, 3);
        float[] weights = Weights.gaussian(shape.size(), 41);
        weights[shape.index(5, 15, 2)] = bad;
        weights[shape.index(7, 19, 9)] = Float.NaN;
        NDArray array = manager.create(weights, new Shape(20, 10, 3, 3));
        String message = "weight at row 15, column 2, tap 5 is " + bad + ": must be finite";
        int before = ResourceCount.of(manager);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> solver.solve(weights, shape, TWO_OF_FOUR))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> solver.solve(array, TWO_OF_FOUR))
                .withMessage(message);
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void theDeviceIsChosenAtCreation() {
        TorchMaskSolver onCpu = TorchMaskSolver.builder().optDevice(Device.cpu()).build();
        float[] weights = Weights.gaussian(64, 43);

        assertThat(onCpu.getName()).isEqualTo("torch");
        assertThat(onCpu.supports(NmPattern.of(3, 5))).isTrue();
        assertThat(onCpu.solve(weights, WeightShape.of(8, 8), TWO_OF_FOUR))
                .isEqualTo(
                        MaskSolver.enumeration().solve(weights, WeightShape.of(8, 8), TWO_OF_FOUR));
    }

    /** Converts an array, because DJL's own conversion to bfloat16 crashes the JVM. */
    private NDArray convert(NDArray array, String expression) {
        TorchArchive archive =
                TorchArchive.of(
                        """
                        class Convert(Module):
                            __parameters__ = []
                            __buffers__ = []
                            training : bool
                            def convert(self, x: Tensor) -> Tensor:
                                return %s
                        """
                                .formatted(expression));
        try (TorchModule module = TorchModule.load(archive, manager)) {
            return module.call(manager, "convert", array).singletonOrThrow();
        }
    }

    private static float[] fill(WeightShape shape, DoubleSupplier value) {
        float[] weights = new float[shape.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) value.getAsDouble();
        }
        return weights;
    }
}
