package org.djlsparse.internal.torch;

import org.jspecify.annotations.Nullable;

/** The operators and the requirements of each family of kernels in TorchScript. */
enum KernelKind {
    DENSE(1, 0, 0),
    PACKED(4, 0, 0),
    // PyTorch's limit is 16. But PyTorch 2.7 allocates 9/16 of the matrix for the packed form,
    // which
    // small or odd sizes may exceed; for multiples of 64 it is enough.
    CUSPARSELT(64, 8, 99),
    // PyTorch's own limit for a packed matrix; the weight and its transpose are packed.
    CUTLASS(64, 8, 8);

    private final int multiple;
    private final int fromMajor;
    private final int toMajor;

    /**
     * Creates a kind.
     *
     * @param multiple the number of which outputs and inputs must be multiples
     * @param fromMajor the first major version of CUDA's compute capability on which it runs; 0 if
     *     it runs on every device
     * @param toMajor the last such version
     */
    KernelKind(int multiple, int fromMajor, int toMajor) {
        this.multiple = multiple;
        this.fromMajor = fromMajor;
        this.toMajor = toMajor;
    }

    ProductOps getOps() {
        return switch (this) {
            case DENSE -> ProductOps.DENSE;
            case PACKED -> ProductOps.PACKED;
            case CUSPARSELT -> ProductOps.CUSPARSELT;
            case CUTLASS -> ProductOps.CUTLASS;
        };
    }

    boolean needsGpu() {
        return fromMajor > 0;
    }

    /**
     * Returns the reason why kernels of this kind do not run on a GPU, or null if they do.
     *
     * @param version the GPU's compute capability without a point, such as 75 for 7.5
     */
    @Nullable String reasonAgainstCapability(String version) {
        int end = version.length() - 1;
        int major = Integer.parseInt(version.substring(0, end));
        if (!needsGpu() || (major >= fromMajor && major <= toMajor)) {
            return null;
        }
        return "compute capability "
                + major
                + "."
                + version.substring(end)
                + ": must be "
                + (fromMajor == toMajor ? fromMajor + ".x" : fromMajor + ".0 or higher");
    }

    /**
     * Returns the reason why kernels of this kind cannot take a weight of this size, or null if
     * they can.
     */
    @Nullable String reasonAgainstSize(long outputs, long inputs) {
        if (outputs % multiple != 0) {
            return "out_features " + outputs + ": must be a multiple of " + multiple;
        }
        if (inputs % multiple != 0) {
            return "in_features " + inputs + ": must be a multiple of " + multiple;
        }
        return null;
    }
}
