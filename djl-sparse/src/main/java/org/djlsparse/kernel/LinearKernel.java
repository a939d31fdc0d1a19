package org.djlsparse.kernel;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.internal.torch.ProductKernels;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A kernel: code that multiplies by a layer's weight W, in the forward pass ({@code x W^T}) and for
 * the gradient of the input ({@code dY W}).
 *
 * <p>A kernel first packs the weight into the form that each product needs; a packed weight serves
 * many products. The third product, {@code dY^T x}, the gradient of the weight, is dense for all
 * kernels except {@link #cpuSparse()}.
 *
 * <p>The set of kernels is fixed: {@link #all()} lists them. A kernel can be set on any machine;
 * {@link #rejection} returns why it cannot serve a layer there.
 *
 * @param family the kind of the kernel
 * @param type the type in which the products are computed; results have the input's type
 */
public record LinearKernel(Family family, DataType type) {

    /** The kind of a kernel. */
    public enum Family {
        /** PyTorch's dense product. */
        DENSE,
        /** The reference kernel, which unpacks the weight for each product. */
        PACKED,
        /** NVIDIA's cuSPARSELt, on sparse tensor cores. */
        CUSPARSELT,
        /** CUTLASS, on sparse tensor cores. */
        CUTLASS,
        /** Products with the kept weights only, on the CPU. */
        CPU_SPARSE;

        /**
         * Returns the types in which kernels of this family compute.
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
     * @throws IllegalArgumentException if the family has no kernel for the type
     */
    public LinearKernel {
        if (!family.getTypes().contains(type)) {
            throw new IllegalArgumentException(
                    "kernel " + family + " in " + type + ": must be one of " + family.getTypes());
        }
    }

    /**
     * Returns the dense kernel, PyTorch's own product, which also multiplies by the zeros of the
     * weight.
     *
     * @param type the type to compute in: float32, float16 or bfloat16
     * @return the kernel
     * @throws IllegalArgumentException if it is another type
     */
    public static LinearKernel dense(DataType type) {
        return new LinearKernel(Family.DENSE, type);
    }

    /**
     * Returns the reference kernel. It stores two values and two 2-bit indices for each group of
     * four, for the weight and for its transpose, and unpacks them for each product. It is slow,
     * runs on every device, and computes in float32.
     *
     * @return the kernel
     */
    public static LinearKernel packed() {
        return new LinearKernel(Family.PACKED, DataType.FLOAT32);
    }

    /**
     * Returns the kernel that uses sparse tensor cores through NVIDIA's cuSPARSELt. It needs
     * compute capability 8.0 or higher.
     *
     * @param type the type to compute in: float16 or bfloat16
     * @return the kernel
     * @throws IllegalArgumentException if it is another type
     */
    public static LinearKernel cusparselt(DataType type) {
        return new LinearKernel(Family.CUSPARSELT, type);
    }

    /**
     * Returns the kernel that uses sparse tensor cores through CUTLASS. It needs compute capability
     * 8.x.
     *
     * @param type the type to compute in: float16 or bfloat16
     * @return the kernel
     * @throws IllegalArgumentException if it is another type
     */
    public static LinearKernel cutlass(DataType type) {
        return new LinearKernel(Family.CUTLASS, type);
    }

    /**
     * Returns the kernel that multiplies by the kept weights only, on the CPU, in float32. It
     * serves masks that keep at most four of each eight outputs of an input and of each eight
     * inputs of an output, such as 2:4, 4:8 and 1:4 both ways. Under the masked rule, it also
     * computes the gradient of the weight for kept weights only. It needs the Vector API: {@code
     * --add-modules jdk.incubator.vector}.
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
     * output, and of each four outputs of an input, may be nonzero. {@link #cpuSparse()} also
     * accepts other masks.
     *
     * @return {@code true} if the weight must satisfy the pattern, {@code false} if the kernel
     *     accepts any weight
     */
    public boolean needsPattern() {
        return family != Family.DENSE;
    }

    /**
     * Returns why this kernel cannot serve a layer. The first time that a layer on a device passes
     * all other checks, the kernel is tested there on small matrices; if the test fails or its
     * products are wrong, the kernel serves no layer on that device.
     *
     * @param device the device of the layer
     * @param type the weight's type
     * @param outputs the number of rows of the weight
     * @param inputs the number of columns of the weight
     * @return the reason, such as {@code in_features 30: must be a multiple of 64}; null if the
     *     kernel can serve the layer
     */
    public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
        return ProductKernels.of(this).rejection(device, type, outputs, inputs);
    }

    @Override
    public String toString() {
        return getName();
    }
}
