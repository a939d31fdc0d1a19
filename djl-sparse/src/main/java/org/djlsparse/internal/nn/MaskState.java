package org.djlsparse.internal.nn;

import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a {@link SparseBlock} holds beside its weights.
 *
 * @param masks the masks by parameter name, in the block's order; empty if there are none yet. A
 *     frozen layer may have none
 * @param dense whether the last training forward pass ran without masks, and so does evaluation
 * @param watched whether the masks were made in a dense warm-up, only to see how they change
 * @param layers the shape of each parameter that is to carry a mask unless it is frozen, as {@code
 *     Shape.toString()} gives it, by parameter name; also before there are masks
 * @param pending the masks that a background refresh has found and training does not use yet; null
 *     if there are none
 */
public record MaskState(
        Map<String, Mask> masks,
        boolean dense,
        boolean watched,
        Map<String, String> layers,
        @Nullable Pending pending) {

    /** Creates a state. */
    public MaskState {
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
        layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    }

    /**
     * Masks that wait for their step.
     *
     * @param masks the masks by parameter name, in the block's order
     * @param keptMagnitudes the share of the magnitude that each kept of the weights that it was
     *     found for, from 0 to 1
     * @param steps the number of training steps since the refresh was due
     */
    public record Pending(Map<String, Mask> masks, Map<String, Double> keptMagnitudes, int steps) {

        /** Creates a record. */
        public Pending {
            masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
            keptMagnitudes = Map.copyOf(keptMagnitudes);
        }
    }
}
