package org.djlsparse.internal.torch;

import ai.djl.ndarray.types.DataType;

import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The implementations of all {@link LinearKernel}s and {@link KernelChooser}s. */
public final class ProductKernels {

    private static final Map<LinearKernel, ProductKernel> KERNELS =
            LinearKernel.all().stream()
                    .collect(
                            Collectors.toUnmodifiableMap(
                                    Function.identity(), ProductKernels::create));

    /** For as long as a user holds the chooser. */
    private static final Map<KernelChooser, ProductKernelChooser> CHOOSERS =
            Collections.synchronizedMap(new WeakHashMap<>());

    private ProductKernels() {}

    private static ProductKernel create(LinearKernel kernel) {
        return kernel.family() == LinearKernel.Family.CPU_SPARSE
                ? CpuKernel.INSTANCE
                : new ScriptKernel(kernel);
    }

    /**
     * Returns the implementation of a kernel. There is one per process, which remembers the devices
     * on which it runs.
     *
     * @param kernel the kernel
     * @return the implementation
     */
    public static ProductKernel of(LinearKernel kernel) {
        return Objects.requireNonNull(KERNELS.get(kernel));
    }

    /**
     * Returns the implementation of a chooser. Sparsifiers that are given the same chooser share
     * its measurements.
     *
     * @param chooser the chooser
     * @return the implementation
     */
    public static ProductKernelChooser of(KernelChooser chooser) {
        return CHOOSERS.computeIfAbsent(chooser, ProductKernels::create);
    }

    private static ProductKernelChooser create(KernelChooser chooser) {
        LinearKernel kernel = chooser.getKernel();
        if (kernel != null) {
            return ProductKernelChooser.always(of(kernel));
        }
        DataType type = chooser.getType();
        return type == null ? KernelTuner.ofLayers() : KernelTuner.of(type);
    }
}
