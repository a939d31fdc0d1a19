package org.djlsparse.nn;

import org.djlsparse.mask.Mask;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a {@link SparseBlock} holds beside its weights.
 *
 * @param masks the masks by parameter name, in the block's order; empty if there are none yet
 * @param dense whether the last training forward pass ran without masks, and so does evaluation
 * @param watched whether they were made in a dense warm-up, only to see how they change
 * @param layers the shape of each layer that carries masks, by parameter name
 */
public record MaskState(
        Map<String, Mask> masks, boolean dense, boolean watched, Map<String, String> layers) {

    /** Creates a state. */
    public MaskState {
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
        layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    }
}
