package org.djlsparse.kernel;

import ai.djl.ndarray.types.DataType;

import org.jspecify.annotations.Nullable;

/** How a kernel is chosen for each layer. Immutable. */
public final class KernelChooser {

    private final @Nullable LinearKernel kernel;
    private final @Nullable DataType type;

    private KernelChooser(@Nullable LinearKernel kernel, @Nullable DataType type) {
        this.kernel = kernel;
        this.type = type;
    }

    /**
     * Chooses the same kernel for each layer that it can serve.
     *
     * @param kernel the kernel
     * @return the chooser
     */
    public static KernelChooser always(LinearKernel kernel) {
        return new KernelChooser(kernel, null);
    }

    /**
     * Benchmarks the kernels that compute in a type, layer by layer, and chooses the fastest.
     *
     * @param type float16 or bfloat16
     * @return the chooser
     * @throws IllegalArgumentException if it is another type
     */
    public static KernelChooser fastest(DataType type) {
        if (type != DataType.FLOAT16 && type != DataType.BFLOAT16) {
            throw new IllegalArgumentException(
                    "type "
                            + type
                            + ": must be float16 or bfloat16, which sparse kernels compute in");
        }
        return new KernelChooser(null, type);
    }

    /**
     * Benchmarks the kernels that compute in the layer's own type, layer by layer, and chooses the
     * fastest: {@link LinearKernel#cpuSparse()} for float32 on the CPU, sparse tensor cores for
     * float16 on a GPU.
     *
     * @return the chooser
     */
    public static KernelChooser fastest() {
        return new KernelChooser(null, null);
    }

    /**
     * Returns the one kernel that is chosen.
     *
     * @return the kernel; null if the fastest is chosen
     */
    public @Nullable LinearKernel getKernel() {
        return kernel;
    }

    /**
     * Returns the type that the kernels compute in, of which the fastest is chosen.
     *
     * @return the type; null if it is that of each layer, or one kernel is chosen
     */
    public @Nullable DataType getType() {
        return type;
    }

    /**
     * Returns the name.
     *
     * @return the kernel's name, or {@code fastest} and the type
     */
    @Override
    public String toString() {
        if (kernel != null) {
            return kernel.getName();
        }
        return type == null ? "fastest" : "fastest in " + type;
    }
}
