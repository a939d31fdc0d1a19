package org.djlsparse.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

import org.jspecify.annotations.Nullable;

/**
 * A kernel for each of the two products, both computing in the same type, and the algorithms that
 * they use.
 *
 * @param forward runs the forward product
 * @param inputGradient runs the product that gives the gradient of the input
 * @param forwardAlgorithm the number of its algorithm, 0 if there is only one
 * @param inputGradientAlgorithm the same
 */
record TunedKernel(
        ScriptKernel forward,
        ScriptKernel inputGradient,
        long forwardAlgorithm,
        long inputGradientAlgorithm)
        implements LinearKernel {

    static TunedKernel of(KernelTrial forward, KernelTrial inputGradient) {
        return new TunedKernel(
                (ScriptKernel) forward.kernel(),
                (ScriptKernel) inputGradient.kernel(),
                forward.forwardAlgorithm(),
                inputGradient.inputGradientAlgorithm());
    }

    @Override
    public String getName() {
        return forward.getName()
                + (forward == inputGradient ? "" : ", input gradient " + inputGradient.getName());
    }

    @Override
    public boolean needsPattern() {
        return forward.needsPattern() || inputGradient.needsPattern();
    }

    @Override
    public @Nullable String reasonAgainst(Device device, DataType type, long outputs, long inputs) {
        String reason = forward.reasonAgainst(device, type, outputs, inputs);
        return reason == null ? inputGradient.reasonAgainst(device, type, outputs, inputs) : reason;
    }

    @Override
    public PackedWeight pack(NDArray weight, NDManager manager) {
        return ScriptKernel.pack(weight, manager, this);
    }
}
