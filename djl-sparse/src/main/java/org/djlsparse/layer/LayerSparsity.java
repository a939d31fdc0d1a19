package org.djlsparse.layer;

import ai.djl.ndarray.types.Shape;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One parameter of a wrapped model: its mask, or why it has none. One that several blocks share is
 * one parameter.
 *
 * @param name the parameter's name, as {@code Block.getParameters()} of the wrapped block gives it;
 *     the first, if it has several
 * @param shape the parameter's shape; null before the block is initialized
 * @param reason why the parameter is left dense; null if it was chosen for a mask
 * @param pattern the pattern of its masks; null if left dense
 * @param solver the name of the solver; null if left dense
 * @param mask the mask now in use; null if left dense, or if the model runs dense at the moment
 * @param flips how many entries changed at the last refresh; 0 before the second mask
 * @param otherNames its other names, if several blocks share it
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
     * Returns whether the parameter was chosen for a mask.
     *
     * @return true if so
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
     * Returns the share of entries that the last refresh changed.
     *
     * @return flips over entries (2by4's flip rate); 0 without a mask
     */
    public double getFlipRate() {
        return mask == null ? 0 : (double) flips / mask.getShape().size();
    }
}
