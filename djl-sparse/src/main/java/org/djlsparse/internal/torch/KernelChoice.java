package org.djlsparse.internal.torch;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link LayerChooser} chose for a layer.
 *
 * @param kernel the kernel; null if the layer's products stay as DJL runs them, dense
 * @param description the kernel's name, or {@code dense}, and why
 */
public record KernelChoice(@Nullable ProductKernel kernel, String description) {

    /**
     * Creates the choice of no kernel.
     *
     * @param reason why
     * @return the choice
     */
    public static KernelChoice dense(String reason) {
        return new KernelChoice(null, "dense: " + reason);
    }
}
