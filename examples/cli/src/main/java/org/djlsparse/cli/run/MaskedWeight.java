package org.djlsparse.cli.run;

import ai.djl.nn.Block;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * The weight and the mask of one layer.
 *
 * @param name the layer's name
 * @param mask the mask
 * @param weights the dense weight, in the tensor's row-major order
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MaskedWeight(String name, Mask mask, float[] weights) {

    /** Returns the layer with the largest square of tiles; null if there are no masks. */
    static @Nullable MaskedWeight largest(Map<String, Mask> masks, Block block) {
        String best = null;
        int most = 0;
        for (Map.Entry<String, Mask> entry : masks.entrySet()) {
            WeightShape shape = entry.getValue().getShape();
            int side = Math.min(shape.rows(), shape.columns());
            if (side > most) {
                best = entry.getKey();
                most = side;
            }
        }
        Mask mask = best == null ? null : masks.get(best);
        return mask == null || best == null
                ? null
                : new MaskedWeight(
                        best, mask, block.getParameters().get(best).getArray().toFloatArray());
    }

    /**
     * Returns the magnitude of an entry at the first kernel tap.
     *
     * @param row the index of the output
     * @param column the index of the input
     * @return |w|
     */
    public float magnitude(int row, int column) {
        return Math.abs(weights[mask.getShape().index(0, row, column)]);
    }
}
