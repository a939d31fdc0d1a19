package org.djlsparse.cli.options;

import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Stream;

/**
 * The kernel of the sparse run's products.
 *
 * @param name {@code auto}, {@code dense}, or a kernel's name
 */
public record KernelName(String name) {

    private static final String AUTO = "auto";

    /** DJL's dense products, without a kernel. */
    private static final String DENSE = "dense";

    /**
     * Returns all names.
     *
     * @return {@code auto}, {@code dense}, and the names of the kernels
     */
    public static List<KernelName> all() {
        return Stream.concat(
                        Stream.of(AUTO, DENSE),
                        LinearKernel.all().stream().map(LinearKernel::getName))
                .map(KernelName::new)
                .toList();
    }

    /**
     * Returns whether each layer gets the kernel that is fastest on this machine.
     *
     * @return {@code true} if the name is {@code auto}
     */
    public boolean isAuto() {
        return name.equals(AUTO);
    }

    /**
     * Creates the chooser of each layer's kernel.
     *
     * @return the chooser; null if all products are DJL's
     */
    public @Nullable KernelChooser newChooser() {
        return switch (name) {
            case AUTO -> KernelChooser.fastest();
            case DENSE -> null;
            default ->
                    KernelChooser.always(
                            LinearKernel.all().stream()
                                    .filter(kernel -> kernel.getName().equals(name))
                                    .findFirst()
                                    .orElseThrow());
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
