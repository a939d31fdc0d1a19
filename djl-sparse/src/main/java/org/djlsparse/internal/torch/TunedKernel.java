package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.kernel.KernelTrial;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/**
 * One kernel per product, all of which compute in the same type, and the algorithms that they use.
 *
 * @param forward the kernel of the forward product
 * @param inputGradient the kernel of the product for the gradient of the input
 * @param weightGradient the kernel of the product for the gradient of the weight
 * @param forwardAlgorithm the number of the forward product's algorithm; 0 if there is only one
 * @param inputGradientAlgorithm the number of the algorithm for the gradient of the input
 */
record TunedKernel(
        ProductKernel forward,
        ProductKernel inputGradient,
        ProductKernel weightGradient,
        long forwardAlgorithm,
        long inputGradientAlgorithm)
        implements ProductKernel {

    /** Uses one kernel for all products. */
    static TunedKernel of(ProductKernel kernel) {
        return new TunedKernel(kernel, kernel, kernel, 0, 0);
    }

    /** Combines the kernels of three trials. */
    static TunedKernel of(
            KernelTrial forward, KernelTrial inputGradient, KernelTrial weightGradient) {
        return new TunedKernel(
                ProductKernels.of(forward.kernel()),
                ProductKernels.of(inputGradient.kernel()),
                ProductKernels.of(weightGradient.kernel()),
                forward.forwardAlgorithm(),
                inputGradient.inputGradientAlgorithm());
    }

    @Override
    public String getName() {
        boolean oneWeight = !isOnCpu() || weightGradient == inputGradient;
        return forward.getName()
                + (forward == inputGradient ? "" : ", input gradient " + inputGradient.getName())
                + (oneWeight ? "" : ", weight gradient " + weightGradient.getName());
    }

    private boolean isOnCpu() {
        return List.of(forward, inputGradient, weightGradient).contains(CpuKernel.INSTANCE);
    }

    @Override
    public boolean needsPattern() {
        return forward.needsPattern() || inputGradient.needsPattern();
    }

    @Override
    public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
        String reason = forward.rejection(device, type, outputs, inputs);
        return reason == null ? inputGradient.rejection(device, type, outputs, inputs) : reason;
    }

    @Override
    public PackedWeight pack(
            LayerProduct product, @Nullable PackedWeight previous, NDManager manager) {
        if (!isOnCpu() && product.form().reasonAgainstRows() == null) {
            return pack(product.matrix(), manager);
        }
        CpuProducts products =
                new CpuProducts(
                        forward == CpuKernel.INSTANCE,
                        inputGradient == CpuKernel.INSTANCE,
                        weightGradient == CpuKernel.INSTANCE);
        return CpuKernel.INSTANCE.pack(product, previous, manager, products);
    }

    @Override
    public PackedWeight pack(NDArray weight, NDManager manager) {
        if (isOnCpu()) {
            return pack(LayerProduct.of(ProductForm.linear(), weight), null, manager);
        }
        return ScriptKernel.pack(
                weight,
                manager,
                (ScriptKernel) forward,
                (ScriptKernel) inputGradient,
                forwardAlgorithm,
                inputGradientAlgorithm);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TunedKernel tuned
                && forward == tuned.forward
                && inputGradient == tuned.inputGradient
                && weightGradient == tuned.weightGradient
                && forwardAlgorithm == tuned.forwardAlgorithm
                && inputGradientAlgorithm == tuned.inputGradientAlgorithm;
    }

    @Override
    public int hashCode() {
        return Objects.hash(forward.getName(), inputGradient.getName(), weightGradient.getName());
    }
}
