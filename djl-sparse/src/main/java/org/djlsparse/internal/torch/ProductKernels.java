package org.djlsparse.internal.torch;

import org.djlsparse.kernel.LinearKernel;

import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The implementations of all {@link LinearKernel}s. */
public final class ProductKernels {

    private static final Map<LinearKernel, ProductKernel> KERNELS =
            LinearKernel.all().stream()
                    .collect(
                            Collectors.toUnmodifiableMap(
                                    Function.identity(), ProductKernels::create));

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
}
