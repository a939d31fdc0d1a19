package org.djlsparse.kernel;

import ai.djl.ndarray.types.DataType;

import org.jspecify.annotations.Nullable;

/**
 * A choice of the kernel that computes the products of each masked layer: one kernel for all
 * layers, or the fastest for each layer by benchmark. A layer that no kernel can serve stays dense.
 * Choosers are immutable. Sparsifiers that are given the same chooser share its measurements.
 */
public final class KernelChooser {

    private final @Nullable LinearKernel kernel;
    private final @Nullable DataType type;

    private KernelChooser(@Nullable LinearKernel kernel, @Nullable DataType type) {
        this.kernel = kernel;
        this.type = type;
    }

    /**
     * Uses one kernel for all layers that it can serve; other layers stay dense.
     *
     * @param kernel the kernel
     * @return the chooser
     */
    public static KernelChooser always(LinearKernel kernel) {
        return new KernelChooser(kernel, null);
    }

    /**
     * Returns the chooser that benchmarks the kernels of one type, layer by layer, and picks the
     * fastest. Layers for which none is faster than the dense product stay dense.
     *
     * @param type the type in which the kernels compute, float16 or bfloat16
     * @return the chooser
     * @throws IllegalArgumentException if it is another type
     */
    public static KernelChooser fastest(DataType type) {
        if (type != DataType.FLOAT16 && type != DataType.BFLOAT16) {
            throw new IllegalArgumentException(
                    "type "
                            + type
                            + ": must be float16 or bfloat16, the types of sparse GPU kernels");
        }
        return new KernelChooser(null, type);
    }

    /**
     * Returns the chooser that benchmarks the kernels of each layer's type and picks the fastest:
     * {@link LinearKernel#cpuSparse()} for float32 on the CPU, or sparse tensor cores for float16
     * on a GPU. Layers for which none is faster than the dense product stay dense.
     *
     * @return the chooser
     */
    public static KernelChooser fastest() {
        return new KernelChooser(null, null);
    }

    /**
     * Returns the kernel for all layers.
     *
     * @return the kernel; null if the fastest is picked by benchmark
     */
    public @Nullable LinearKernel getKernel() {
        return kernel;
    }

    /**
     * Returns the type of the kernels from which the fastest is picked.
     *
     * @return the type; null if it is the type of each layer, or one kernel is set for all
     */
    public @Nullable DataType getType() {
        return type;
    }

    /**
     * Returns the name of this chooser.
     *
     * @return the kernel's name, {@code fastest}, or {@code fastest in} and the type
     */
    @Override
    public String toString() {
        if (kernel != null) {
            return kernel.getName();
        }
        return type == null ? "fastest" : "fastest in " + type;
    }
}
