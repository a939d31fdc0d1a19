package org.djlsparse.layer;

import ai.djl.ndarray.types.Shape;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One parameter of a wrapped model, with its mask or the reason why it has none. A parameter that
 * several blocks share appears once.
 *
 * @param name the parameter's name in {@code Block.getParameters()} of the wrapped block; the first
 *     name if it has several
 * @param shape the parameter's shape; null before the block is initialized
 * @param reason why the parameter is left dense; null if it was selected for a mask
 * @param pattern the pattern of its masks; null if left dense
 * @param solver the name of the solver; null if left dense
 * @param mask the mask in use; null if the parameter is left dense, or the model runs dense at this
 *     point of training
 * @param flips the number of entries that the last refresh changed; 0 before the second mask
 * @param otherNames its other names if several blocks share it
 * @param frozen whether it is frozen, so that its weights cannot adapt to a mask
 */
public record LayerSparsity(
        String name,
        @Nullable Shape shape,
        @Nullable String reason,
        @Nullable NmPattern pattern,
        @Nullable String solver,
        @Nullable Mask mask,
        long flips,
        List<String> otherNames,
        boolean frozen) {

    /** Creates an entry. */
    public LayerSparsity {
        otherNames = List.copyOf(otherNames);
    }

    /**
     * Returns whether the parameter was selected for a mask.
     *
     * @return {@code true} if it was selected, {@code false} if it is left dense
     */
    public boolean isChosen() {
        return reason == null;
    }

    /**
     * Returns the kept fraction of the parameter's entries.
     *
     * @return the mask's density; 1 without a mask
     */
    public double getDensity() {
        return mask == null ? 1 : mask.getDensity();
    }

    /**
     * Returns the fraction of entries that the last refresh changed.
     *
     * @return the flips divided by the number of entries (the flip rate of 2by4), from 0 to 1; 0
     *     without a mask
     */
    public double getFlipRate() {
        return mask == null ? 0 : (double) flips / mask.getShape().size();
    }
}
