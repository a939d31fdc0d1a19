package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

import org.jspecify.annotations.Nullable;

/**
 * The function of a linear layer, {@code x W^T + bias}, whose products with W run in a kernel in
 * both passes. Gradients equal those of autograd.
 *
 * <p>The product is computed outside the autograd graph and then tied into it; hooks provide the
 * gradients of input and weight. Everything else remains autograd's task: the bias, the detection
 * of in-place changes that would make gradients wrong, and graphs that are used twice.
 */
public final class LinearFunction {

    private LinearFunction() {}

    /**
     * Returns whether this thread records an autograd graph. If not, {@link PackedWeight#multiply}
     * does the same as {@link #linear}, without the weight.
     *
     * @return {@code true} if it does
     */
    public static boolean isRecording() {
        return JniUtils.isGradMode();
    }

    /**
     * Computes the function for a layer of any form.
     *
     * @param packed the packed weight
     * @param form the form of the layer's product
     * @param x the layer's input
     * @param weight the layer's weight as part of the graph, which receives the gradient; null for
     *     a prediction
     * @param bias the bias, {@code [out]}, or null
     * @param hooks the model's hooks
     * @param sample the sample of the output's gradient from which to compute the weight's; null to
     *     compute it from all of that gradient
     * @return the layer's output
     */
    public static NDArray layer(
            PackedWeight packed,
            ProductForm form,
            NDArray x,
            @Nullable NDArray weight,
            @Nullable NDArray bias,
            HookRegistry hooks,
            @Nullable GradientSample sample) {
        if (packed.takesLayer()) {
            return weight == null
                    ? packed.multiply(x, bias)
                    : linear(packed, x, weight, bias, hooks, sample);
        }
        NDArray rows = form.toRows(x);
        return form.fromRows(
                weight == null
                        ? packed.multiply(rows, bias)
                        : linear(packed, rows, form.toMatrix(weight), bias, hooks, sample));
    }

    /**
     * Computes the function. A gradient that is not needed is not computed.
     *
     * @param packed the packed weight
     * @param x the input, {@code [.., in]}
     * @param weight the weight that was packed, as part of the graph, which receives the gradient
     * @param bias the bias, {@code [out]}, or null
     * @param hooks the model's hooks; an error of an earlier backward pass is thrown here
     * @return the result, {@code [.., out]}, of the input's type and attached to its manager
     * @throws IllegalStateException if a hook failed before; see {@link HookRegistry#check()}
     */
    public static NDArray linear(
            PackedWeight packed,
            NDArray x,
            NDArray weight,
            @Nullable NDArray bias,
            HookRegistry hooks) {
        return linear(packed, x, weight, bias, hooks, null);
    }

    private static NDArray linear(
            PackedWeight packed,
            NDArray x,
            NDArray weight,
            @Nullable NDArray bias,
            HookRegistry hooks,
            @Nullable GradientSample sample) {
        hooks.check();
        if (!isRecording()) {
            return packed.multiply(x, bias);
        }
        NDList tied = packed.tie(x, weight);
        PtNDArray y = (PtNDArray) tied.get(0);
        PtNDArray rows = (PtNDArray) tied.get(1);
        PtNDArray x1 = (PtNDArray) tied.get(2);
        PtNDArray w1 = (PtNDArray) tied.get(3);
        boolean needsInput = hooks.needsGradient(x1);
        boolean needsWeight = hooks.needsGradient(w1);
        if (needsInput || needsWeight) {
            LinearBackward backward =
                    new LinearBackward(
                            packed, x.getShape(), needsInput, needsWeight ? rows : null, sample);
            hooks.registerNative(y, backward);
            if (needsInput) {
                hooks.registerNative(x1, backward::takeInputGradient);
            }
            if (needsWeight) {
                hooks.registerNative(w1, backward::takeWeightGradient);
            }
        }
        if (!needsWeight) {
            rows.close();
        }
        NDArray result = packed.finish(y, bias, x);
        // The graph has its own references to these.
        y.close();
        x1.close();
        w1.close();
        return result;
    }
}
