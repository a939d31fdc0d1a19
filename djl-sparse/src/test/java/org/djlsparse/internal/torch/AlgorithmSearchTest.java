package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;

import org.djlsparse.internal.torch.AlgorithmSearch.Algorithms;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Weights;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of algorithms that fail, lie or are missing, by operators that stand in for a device's. */
class AlgorithmSearchTest {

    private static final LinearKernel DENSE = LinearKernel.dense(DataType.FLOAT32);
    private static final int OUTPUTS = 8;
    private static final int INPUTS = 12;

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final NDArray weight = normal(1, OUTPUTS, INPUTS);

    @AfterEach
    void close() {
        manager.close();
    }

    /** The stand-in's search finds the algorithm whose number is the number of rows. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 0", "3, 0", "4, 0", "6, 0", "700, 0"})
    void onlyRightAlgorithmsServe(int found, int used) {
        AlgorithmSearch search =
                new AlgorithmSearch(kernel("stand_in_ops", "stand_in_search"), weight);

        Algorithms algorithms = search.find(normal(2, found, INPUTS), normal(3, found, OUTPUTS));

        assertThat(algorithms).isEqualTo(new Algorithms(used, used));
        assertThat(search.find(normal(2, found, INPUTS), null)).isEqualTo(new Algorithms(used, 0));
    }

    @Test
    void anAlgorithmThatRunsOutOfMemoryDoesNotServe() {
        AlgorithmSearch search =
                new AlgorithmSearch(kernel("stand_in_ops", "stand_in_search"), weight);

        assertThat(search.find(normal(2, 5, INPUTS), null)).isEqualTo(new Algorithms(0, 0));
    }

    @Test
    void withoutASearchTheDefaultServes() {
        AlgorithmSearch search =
                new AlgorithmSearch(kernel("stand_in_ops", "missing_search"), weight);

        assertThat(search.find(normal(2, 3, INPUTS), null)).isEqualTo(new Algorithms(0, 0));
    }

    @Test
    void aWrongDefaultIsRefused() {
        AlgorithmSearch search = new AlgorithmSearch(kernel("wrong_ops", null), weight);

        assertThatIllegalStateException()
                .isThrownBy(() -> search.find(normal(2, 3, INPUTS), null))
                .withMessageStartingWith("computes wrong products: error ")
                .withMessageEndingWith(", must be at most 1.0e-05");
        assertThat(
                        kernel("wrong_ops", null)
                                .rejection(Device.cpu(), DataType.FLOAT32, OUTPUTS, INPUTS))
                .isEqualTo("computes wrong products on cpu()");
    }

    /** An algorithm is tuned for one number of rows and serves others of about the same. */
    @Test
    void anAlgorithmThatRefusesALaterProductIsReplaced() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
        NDArray x = normal(2, 3, INPUTS);
        HookRegistry hooks = new HookRegistry();
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        try (ScriptPackedWeight packed =
                        kernel("stand_in_ops", "stand_in_search").packRows(weight, manager, 4);
                GradientCollector collector = manager.getEngine().newGradientCollector()) {
            NDArray y = LinearFunction.linear(packed, x, weight, null, hooks);
            assertThat(y).isEqualTo(x.matMul(weight.transpose()));
            collector.backward(y.square().sum());
        }
        hooks.check();

        NDArray dy = x.matMul(weight.transpose()).mul(2);
        assertThat(x.getGradient().allClose(dy.matMul(weight), 1e-5, 1e-5, false)).isTrue();
        assertThat(weight.getGradient().allClose(dy.transpose().matMul(x), 1e-5, 1e-5, false))
                .isTrue();
    }

    @Test
    void anOperatorThatIsMissingDisablesItsKernelOnly() {
        ScriptKernel missing = kernel("missing_ops", null);

        assertThat(missing.rejection(Device.cpu(), DataType.FLOAT32, OUTPUTS, INPUTS))
                .startsWith("does not run on cpu(): ")
                .contains("_no_such_product");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> missing.pack(weight, manager));
        assertThat(DENSE.rejection(Device.cpu(), DataType.FLOAT32, OUTPUTS, INPUTS)).isNull();
    }

    private static ScriptKernel kernel(String ops, @Nullable String search) {
        return new ScriptKernel(
                DENSE,
                KernelKind.DENSE,
                new ProductOps(
                        ops,
                        search == null
                                ? null
                                : new SharedModule(ProductOps.class, search + ".py")));
    }

    private NDArray normal(int seed, int rows, int columns) {
        return manager.create(Weights.gaussian(rows * columns, seed), new Shape(rows, columns));
    }
}
