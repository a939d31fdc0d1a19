package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ModelPassTest {

    private final NDManager manager = NDManager.newBaseManager();
    private final ModelPass pass = new ModelPass(manager, () -> false);

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void aTapsFailureIsNotTheModels() {
        RuntimeException failure = new IllegalStateException("the fit failed");

        assertThatThrownBy(
                        () ->
                                run(
                                        (layer, input, output) -> {
                                            throw failure;
                                        }))
                .isSameAs(failure);
        assertThatCode(
                        () ->
                                run(
                                        (layer, input, output) -> {
                                            throw new ModelPass.StopForward();
                                        }))
                .doesNotThrowAnyException();
    }

    @Test
    void theModelsFailureNamesTheBatch() {
        Block block = new LambdaBlock(x -> missing());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> pass.run(block, Map.of(), batch(), 2))
                .withMessage(
                        "calibration batch 3 of shapes [(2, 8)]: the forward pass failed: no such"
                                + " branch");
    }

    private static NDList missing() {
        throw new IllegalStateException("no such branch");
    }

    private void run(ForwardHook tap) {
        Block block = new SequentialBlock().add(Linear.builder().setUnits(4).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        try (ForwardHooks taps =
                new ForwardHooks(block, Linear.class::isInstance, ModelPass.guarded(tap))) {
            pass.run(taps.getRoot(), Map.of(), batch(), 0);
        }
    }

    private NDList batch() {
        return new NDList(manager.ones(new Shape(2, 8)));
    }
}
