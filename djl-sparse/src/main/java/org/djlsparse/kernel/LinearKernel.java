package org.djlsparse.kernel;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.internal.torch.ProductKernels;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A way to compute the two products of a linear layer that read its weight W: {@code x W^T} in the
 * forward pass and {@code dY W}, the gradient of the input, in the backward pass.
 *
 * <p>A kernel first packs the weight, in the form that each product needs, once for many products.
 * The third product, {@code dY^T x}, the gradient of the weight, is dense with each kernel but
 * {@link #cpuSparse()}.
 *
 * <p>There are these kernels and no others. A kernel may be chosen on any machine; {@link
 * #rejection} says where it cannot run.
 *
 * @param family how the products are computed
 * @param type the type that they are computed in; results have the input's type
 */
public record LinearKernel(Family family, DataType type) {

    /** How products are computed. */
    public enum Family {
        /** PyTorch's own dense product. */
        DENSE,
        /** The reference kernel. */
        PACKED,
        /** NVIDIA's cuSPARSELt, on sparse tensor cores. */
        CUSPARSELT,
        /** CUTLASS, on sparse tensor cores. */
        CUTLASS,
        /** Kept entries alone, on the CPU. */
        CPU_SPARSE;

        /**
         * Returns the types that kernels of this family compute in.
         *
         * @return the types
         */
        public List<DataType> getTypes() {
            return switch (this) {
                case DENSE -> List.of(DataType.FLOAT32, DataType.BFLOAT16, DataType.FLOAT16);
                case PACKED, CPU_SPARSE -> List.of(DataType.FLOAT32);
                case CUSPARSELT, CUTLASS -> List.of(DataType.BFLOAT16, DataType.FLOAT16);
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Creates a kernel.
     *
     * @throws IllegalArgumentException if the family has no kernel that computes in the type
     */
    public LinearKernel {
        if (!family.getTypes().contains(type)) {
            throw new IllegalArgumentException(
                    "kernel " + family + " in " + type + ": must be one of " + family.getTypes());
        }
    }

    /**
     * Returns the kernel that multiplies by the weight as it is, zeros included: PyTorch's own
     * dense product.
     *
     * @param type the type to compute in: float32, float16 or bfloat16
     * @return the kernel
     * @throws IllegalArgumentException if it is another type
     */
    public static LinearKernel dense(DataType type) {
        return new LinearKernel(Family.DENSE, type);
    }

    /**
     * Returns the reference kernel: it keeps two values and two 2-bit indices of each group of
     * four, for the weight and for its transpose, and unpacks them for each product. It is slow,
     * runs on every device, and computes in float32.
     *
     * @return the kernel
     */
    public static LinearKernel packed() {
        return new LinearKernel(Family.PACKED, DataType.FLOAT32);
    }

    /**
     * Returns the kernel that runs on sparse tensor cores through NVIDIA's cuSPARSELt: compute
     * capability 8.0 and higher.
     *
     * @param type the type to compute in: float16 or bfloat16
     * @return the kernel
     * @throws IllegalArgumentException if it is another type
     */
    public static LinearKernel cusparselt(DataType type) {
        return new LinearKernel(Family.CUSPARSELT, type);
    }

    /**
     * Returns the kernel that runs on sparse tensor cores through CUTLASS: compute capability 8.x.
     *
     * @param type the type to compute in: float16 or bfloat16
     * @return the kernel
     * @throws IllegalArgumentException if it is another type
     */
    public static LinearKernel cutlass(DataType type) {
        return new LinearKernel(Family.CUTLASS, type);
    }

    /**
     * Returns the kernel that multiplies with the kept entries alone, on the CPU, in float32: for
     * masks that keep at most four of each eight outputs of an input and inputs of an output, such
     * as 2:4, 4:8 and 1:4 both ways. Under the masked rule the gradient of the weight, too, is
     * computed for kept entries alone. Needs the Vector API: {@code --add-modules
     * jdk.incubator.vector}.
     *
     * @return the kernel
     */
    public static LinearKernel cpuSparse() {
        return new LinearKernel(Family.CPU_SPARSE, DataType.FLOAT32);
    }

    /**
     * Returns all kernels.
     *
     * @return the kernels, dense ones first
     */
    public static List<LinearKernel> all() {
        List<LinearKernel> kernels = new ArrayList<>();
        for (Family family : Family.values()) {
            family.getTypes().forEach(type -> kernels.add(new LinearKernel(family, type)));
        }
        return List.copyOf(kernels);
    }

    /**
     * Returns the kernel's name, such as {@code cusparselt-bf16}.
     *
     * @return the name
     */
    public String getName() {
        return switch (type) {
            case BFLOAT16 -> family + "-bf16";
            case FLOAT16 -> family + "-fp16";
            default -> family == Family.DENSE ? family + "-fp32" : family.toString();
        };
    }

    /**
     * Returns whether the weight must be 2:4 both ways: at most two of each four inputs of an
     * output, and of each four outputs of an input, may be other than zero. {@link #cpuSparse()}
     * takes other masks, too.
     *
     * @return {@code false} if the kernel takes any weight
     */
    public boolean needsPattern() {
        return family != Family.DENSE;
    }

    /**
     * Returns why this kernel cannot serve a layer, or null if it can. The first time on a device
     * that a layer passes all else, the kernel is tried on small matrices there, and serves none if
     * that fails or the products are wrong.
     *
     * @param device where the layer runs
     * @param type the weight's type
     * @param outputs the weight's rows
     * @param inputs the weight's columns
     * @return the reason in words, such as {@code in_features 30: must be a multiple of 16}
     */
    public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
        return ProductKernels.of(this).rejection(device, type, outputs, inputs);
    }

    @Override
    public String toString() {
        return getName();
    }
}
