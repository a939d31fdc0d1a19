package org.djlsparse.internal.nn;

import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state of a {@link SparseBlock} apart from its weights.
 *
 * @param masks the masks by parameter name, in the block's order; empty if there are none yet. A
 *     frozen layer may have none
 * @param dense whether the last training forward pass ran without masks, as evaluation then does
 * @param watched whether the masks were made in a dense warm-up, only to count flips
 * @param layers the shape of each parameter that carries a mask unless it is frozen, as text
 *     ({@code Shape.toString()}), by parameter name; complete even before there are masks
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
     * The masks of a background refresh that are not in use yet.
     *
     * @param masks the masks by parameter name, in the block's order
     * @param keptMagnitudes for each mask, the share of the magnitude that it keeps of the weights
     *     for which it was found, from 0 to 1
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
