package org.djlsparse.cli.options;

import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What runs the products of the sparse run.
 *
 * @param name {@code auto}, {@code dense}, or a kernel's name
 */
public record KernelName(String name) {

    private static final String AUTO = "auto";

    /** DJL's dense products, without a kernel. */
    private static final String DENSE = "dense";

    /** Creates a name. */
    public KernelName {
        if (!all().contains(name)) {
            throw new IllegalArgumentException(
                    "'" + name + "' must be one of " + String.join(", ", all()));
        }
    }

    /** All names. */
    private static List<String> all() {
        return Stream.concat(
                        Stream.of(AUTO, DENSE),
                        LinearKernel.all().stream().map(LinearKernel::getName))
                .toList();
    }

    /**
     * Finds a kernel.
     *
     * @param name the kernel's name
     * @return the kernel
     * @throws IllegalArgumentException if there is none of that name; names all
     */
    public static LinearKernel find(String name) {
        return LinearKernel.all().stream()
                .filter(kernel -> kernel.getName().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "'"
                                                + name
                                                + "' must be one of "
                                                + LinearKernel.all().stream()
                                                        .map(LinearKernel::getName)
                                                        .collect(Collectors.joining(", "))));
    }

    /**
     * Returns whether each layer gets the kernel that is fastest on this machine.
     *
     * @return true if so
     */
    public boolean isAuto() {
        return name.equals(AUTO);
    }

    /**
     * Creates what chooses the kernel of each layer.
     *
     * @return the chooser; null if all products are DJL's
     */
    public @Nullable KernelChooser newChooser() {
        return switch (name) {
            case AUTO -> KernelChooser.fastest();
            case DENSE -> null;
            default -> KernelChooser.always(find(name));
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
