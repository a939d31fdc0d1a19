package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;

import org.jspecify.annotations.Nullable;

/**
 * The backward pass of one linear product, and the arrays that it needs. When the gradient of the
 * product arrives, it computes both other gradients. The hooks of input and weight, which autograd
 * reaches later in the same pass, return these.
 */
final class LinearBackward implements NativeHooks.Hook {

    private final PackedWeight packed;
    private final Shape input;
    private final boolean needsInput;
    private final @Nullable PtNDArray rows;
    private final @Nullable GradientSample sample;
    private @Nullable PtNDArray inputGradient;
    private @Nullable PtNDArray weightGradient;

    /**
     * Creates a backward pass.
     *
     * @param packed the packed weight, retained until the graph is destroyed
     * @param input the input's shape
     * @param needsInput whether the input needs a gradient
     * @param rows the input as the kernel has read it, for the gradient of the weight, owned by
     *     this object from now on; null if the weight needs no gradient
     * @param sample the sample of the product's gradient, for the gradient of the weight; null if
     *     that reads all of the product's gradient
     */
    LinearBackward(
            PackedWeight packed,
            Shape input,
            boolean needsInput,
            @Nullable PtNDArray rows,
            @Nullable GradientSample sample) {
        this.packed = packed;
        this.input = input;
        this.needsInput = needsInput;
        this.rows = rows;
        this.sample = sample;
        packed.retain();
        if (rows != null) {
            NDScope.unregister(rows);
            rows.attach(NativeHooks.get().getManager());
        }
    }

    @Override
    public synchronized @Nullable PtNDArray apply(GradientRef gradient) {
        discard();
        PtNDManager manager = NativeHooks.get().getManager();
        try (PtNDArray array = gradient.toArray(manager)) {
            if (rows == null) {
                inputGradient = (PtNDArray) packed.inputGradient(array, input);
            } else if (sample != null) {
                if (needsInput) {
                    inputGradient = (PtNDArray) packed.inputGradient(array, input);
                }
                try (NDArray sampled = sample.of(array, packed.hasChannelsFirst())) {
                    weightGradient = (PtNDArray) packed.weightGradient(sampled, rows);
                }
            } else if (needsInput) {
                NDList both = packed.gradients(array, rows);
                inputGradient = (PtNDArray) both.get(0);
                weightGradient = (PtNDArray) both.get(1);
            } else {
                weightGradient = (PtNDArray) packed.weightGradient(array, rows);
            }
        }
        return null;
    }

    /** Returns the gradient of the input and gives up its ownership. */
    synchronized PtNDArray takeInputGradient(GradientRef ignored) {
        PtNDArray gradient = checked(inputGradient);
        inputGradient = null;
        return gradient;
    }

    /** Returns the gradient of the weight and gives up its ownership. */
    synchronized PtNDArray takeWeightGradient(GradientRef ignored) {
        PtNDArray gradient = checked(weightGradient);
        weightGradient = null;
        return gradient;
    }

    private static PtNDArray checked(@Nullable PtNDArray gradient) {
        if (gradient == null) {
            throw new IllegalStateException("the gradient of the product did not arrive");
        }
        return gradient;
    }

    @Override
    public synchronized void free() {
        discard();
        if (rows != null) {
            rows.close();
        }
        packed.release();
    }

    /** Closes gradients that an aborted backward pass has left behind. */
    private void discard() {
        if (inputGradient != null) {
            inputGradient.close();
            inputGradient = null;
        }
        if (weightGradient != null) {
            weightGradient.close();
            weightGradient = null;
        }
    }
}
