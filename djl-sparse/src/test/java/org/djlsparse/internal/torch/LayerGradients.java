package org.djlsparse.internal.torch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;

/** A comparison of the gradients of linear layers with those of autograd. */
final class LayerGradients {

    private static final float TOLERANCE = 1e-6f;

    private LayerGradients() {}

    /** An implementation of a linear layer. */
    interface Layer {
        NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias);
    }

    static Layer plain() {
        return (x, weight, bias) -> Linear.linear(x, weight, bias).singletonOrThrow();
    }

    /** Compares the gradients of leaves, and the loss, with autograd's. */
    static void compare(Layer layer, Function<Layer, NDArray> loss, NDArray... leaves) {
        float[][] expected = of(plain(), loss, leaves);
        float[][] actual = of(layer, loss, leaves);
        for (int i = 0; i < expected.length; i++) {
            assertClose(actual[i], expected[i]);
        }
    }

    /** Returns the gradients of the leaves, followed by the loss. */
    static float[][] of(Layer layer, Function<Layer, NDArray> loss, NDArray... leaves) {
        float[][] result = new float[leaves.length + 1][];
        for (NDArray leaf : leaves) {
            leaf.setRequiresGradient(true);
        }
        record(
                collector -> {
                    NDArray value = loss.apply(layer);
                    collector.backward(value);
                    result[leaves.length] = value.toFloatArray();
                });
        for (int i = 0; i < leaves.length; i++) {
            NDArray gradient = leaves[i].getGradient();
            result[i] = gradient.toFloatArray();
            gradient.subi(gradient);
            leaves[i].setRequiresGradient(false);
        }
        return result;
    }

    static void assertClose(float[] actual, float[] expected) {
        float largest = Math.max(largest(expected), Float.MIN_NORMAL);
        assertThat(actual).hasSameSizeAs(expected);
        for (int k = 0; k < expected.length; k++) {
            assertThat(Math.abs(actual[k] - expected[k]) / largest)
                    .as("entry %d: %s, expected %s", k, actual[k], expected[k])
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }

    static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    static void record(Consumer<GradientCollector> body) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            body.accept(collector);
        }
    }
}
