package org.djlsparse.internal.torch;

import org.jspecify.annotations.Nullable;

/**
 * The choice of a {@link ProductKernelChooser} for a layer.
 *
 * @param kernel the kernel; null if the layer's products stay dense, as in DJL
 * @param description the kernel's name, or {@code dense}, and the reason
 */
public record KernelChoice(@Nullable ProductKernel kernel, String description) {

    /**
     * Creates the choice of no kernel.
     *
     * @param reason the reason in words
     * @return the choice
     */
    public static KernelChoice dense(String reason) {
        return new KernelChoice(null, "dense: " + reason);
    }
}
