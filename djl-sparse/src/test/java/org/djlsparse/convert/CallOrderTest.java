package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;

import org.djlsparse.internal.nn.LayerChoice;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class CallOrderTest {

    private static final long MUCH = Long.MAX_VALUE;

    private final NDManager manager = NDManager.newBaseManager();
    private final CallOrder order = new CallOrder();
    private final ConvertedLayer a = layer("a");
    private final ConvertedLayer b = layer("b");
    private final ConvertedLayer c = layer("c");
    private final NDArray x = array();
    private final NDArray y = array();
    private final NDArray z = array();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void layersOfOneInputAreOneStage() {
        for (int batch = 0; batch < 2; batch++) {
            order.beginBatch();
            call(a, x);
            call(b, x);
            call(c, y);
        }
        assertThat(order.stages(true, MUCH)).containsExactly(List.of(a, b), List.of(c));
        assertThat(order.stages(true, 1)).containsExactly(List.of(a), List.of(b), List.of(c));
        assertThat(order.stages(false, MUCH)).containsExactly(List.of(a, b, c));
        assertThat(order.getOrder()).containsExactly(a, b, c);
        assertThat(order.calls(1, List.of(a, b))).isEqualTo(2);
    }

    /** C shares its input with A, which was called once more, but not with B, which precedes it. */
    @Test
    void aLayerJoinsOnlyTheOneBeforeItInTheOrder() {
        order.beginBatch();
        call(a, x);
        call(b, y);
        call(a, z);
        call(c, z);

        assertThat(order.stages(true, MUCH)).containsExactly(List.of(a), List.of(b), List.of(c));
    }

    /** The input of the second call is the output of the first, so B would miss A's conversion. */
    @Test
    void aLayerDoesNotJoinALaterCallOfTheOneBeforeIt() {
        order.beginBatch();
        call(a, x);
        call(a, y);
        call(b, y);

        assertThat(order.stages(true, MUCH)).containsExactly(List.of(a), List.of(b));
    }

    @Test
    void oneInputOfManyIsNotEnough() {
        order.beginBatch();
        call(a, x);
        call(b, x);
        order.beginBatch();
        call(a, x);
        call(b, y);

        assertThat(order.stages(true, MUCH)).containsExactly(List.of(a), List.of(b));
    }

    private void call(ConvertedLayer layer, NDArray input) {
        order.add(layer, layer.getBlocks().get(0), input, input);
    }

    private NDArray array() {
        return manager.ones(new Shape(2, 8));
    }

    private ConvertedLayer layer(String name) {
        Block block = Linear.builder().setUnits(8).build();
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        return new ConvertedLayer(
                new LayerChoice(
                        List.of(name),
                        block.getParameters().get("weight"),
                        null,
                        new MaskConfig(NmPattern.of(2, 4), MaskSolver.auto(), GradientFlow.MASKED),
                        true,
                        false),
                List.of(block));
    }
}
