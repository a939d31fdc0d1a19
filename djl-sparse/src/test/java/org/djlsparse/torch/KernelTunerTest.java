package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.ResourceCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** The choice of a kernel, by times that the test sets. */
class KernelTunerTest {

    private static final LinearKernel DENSE = LinearKernel.dense(DataType.FLOAT32);
    private static final LinearKernel PACKED = LinearKernel.packed();

    private final List<String> timed = new ArrayList<>();

    @Test
    void theShortestStepWins() {
        assertThat(choose(Map.of("dense-fp32", 11, "packed", 10))).isEqualTo("packed");
        assertThat(choose(Map.of("dense-fp32", 11, "packed", 12))).isEqualTo("dense-fp32");
    }

    @Test
    void aStepIsPackingAndBothProducts() {
        assertThat(new KernelChoice.Trial(DENSE, null, 1, 20, 300).getStepNanos()).isEqualTo(321);
    }

    @Test
    void betweenEqualsTheDenseKernelStays() {
        assertThat(choose(Map.of("dense-fp32", 7, "packed", 7))).isEqualTo("dense-fp32");
    }

    private String choose(Map<String, Integer> nanos) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return tuner(nanos).choose(manager.ones(new Shape(8, 16)), true, 3).kernel().getName();
        }
    }

    @Test
    void triesEachLayerOnceForEachNumberOfRows() {
        KernelTuner tuner = tuner(Map.of("dense-fp32", 2, "packed", 1));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.ones(new Shape(8, 16));
            KernelChoice first = tuner.choose(weight, true, 3);
            assertThat(tuner.choose(manager.zeros(new Shape(8, 16)), true, 3)).isSameAs(first);
            assertThat(timed).containsExactly("dense-fp32", "packed");
            tuner.choose(weight, true, 4);
            tuner.choose(manager.ones(new Shape(16, 8)), true, 3);
            assertThat(timed).hasSize(6);
            assertThat(tuner.getChoices()).hasSize(3).contains(first);
        }
    }

    @Test
    void saysWhyAKernelIsNotTried() {
        KernelTuner tuner =
                new KernelTuner(
                        List.of(DENSE, PACKED, LinearKernel.cusparselt(DataType.BFLOAT16)),
                        new ProductTimer());
        try (NDManager manager = NDManager.newBaseManager()) {
            KernelChoice pattern = tuner.choose(manager.ones(new Shape(8, 16)), false, 2);
            assertThat(pattern.kernel()).isSameAs(DENSE);
            assertThat(pattern.toString())
                    .startsWith("8 x 16, 2 rows, cpu(): dense-fp32")
                    .containsPattern(
                            "  dense-fp32: pack \\d+\\.\\d us, forward \\d+\\.\\d us, input")
                    .contains("  packed: the mask is not transposable 2:4")
                    .contains("  cusparselt-bf16: no CUDA device");
            KernelChoice size = tuner.choose(manager.ones(new Shape(8, 30)), true, 2);
            assertThat(size.toString())
                    .contains("  packed: in_features 30: must be a multiple of 4");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void servesEachTypeHere(DataType type) {
        KernelTuner tuner = KernelTuner.of(type);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.randomNormal(new Shape(16, 16));
            int before = ResourceCount.of(manager);
            KernelChoice choice = tuner.choose(weight, true, 5);

            assertThat(ResourceCount.of(manager)).as("arrays left").isEqualTo(before);
            assertThat(choice.kernel()).isSameAs(choice.trials().get(0).kernel());
            assertThat(choice.trials().get(0).packNanos()).isPositive();
            assertThat(choice.trials().get(0).forwardNanos()).isPositive();
            assertThat(choice.trials().get(0).inputGradientNanos()).isPositive();
            NDArray x = manager.randomNormal(new Shape(5, 16));
            try (PackedWeight packed = choice.kernel().pack(weight, manager)) {
                NDArray expected = x.matMul(weight.transpose());
                assertThat(packed.multiply(x, null).sub(expected).abs().max().getFloat())
                        .isLessThan(0.2f);
            }
        }
    }

    @Test
    void refusesWhatIsNoLayer() {
        KernelTuner tuner = KernelTuner.of(DataType.FLOAT32);
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tuner.choose(manager.ones(new Shape(8)), true, 2))
                    .withMessage("weight (8), 2 rows: must be [out, in], and at least 1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tuner.choose(manager.ones(new Shape(8, 8)), true, 0))
                    .withMessage("weight (8, 8), 0 rows: must be [out, in], and at least 1");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelTuner.of(DataType.INT32))
                .withMessageContaining("must be one of");
    }

    private KernelTuner tuner(Map<String, Integer> nanos) {
        return new KernelTuner(
                List.of(DENSE, PACKED),
                new ProductTimer() {
                    @Override
                    KernelChoice.Trial time(LinearKernel kernel, NDArray weight, long rows) {
                        timed.add(kernel.getName());
                        int time = Objects.requireNonNull(nanos.get(kernel.getName()));
                        return new KernelChoice.Trial(kernel, null, time, 0, 0);
                    }
                });
    }
}
