package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The three products of a linear layer with a masked weight W, {@code [out, in]}: {@code x W^T},
 * the gradient of its input {@code dY W}, and the gradient of W at the entries that the mask keeps.
 *
 * <p>Everything but the values depends only on the mask, and is made when it is first needed.
 * Thread-safe.
 */
public final class SparseProducts {

    private final PanelOps ops;
    private final Mask mask;
    private @Nullable PackedMatrix forward;
    private @Nullable PackedMatrix inputGradient;
    private final Map<Integer, KeptGradient> weightGradients = new HashMap<>(); // by window

    /**
     * Prepares products with weights of a mask.
     *
     * @param ops the inner loops
     * @param mask the mask, of a weight with one tap
     */
    public SparseProducts(PanelOps ops, Mask mask) {
        this.ops = ops;
        this.mask = mask;
    }

    private WeightShape shape() {
        return mask.getShape();
    }

    /**
     * Packs a weight for the forward product.
     *
     * @param weight the weight's entries; pruned entries are not read
     * @param spare an earlier result that is no longer used, whose memory may be used again; or
     *     null
     * @param workers the threads
     * @return the matrix
     * @throws IllegalArgumentException if an input feeds more than four of eight outputs; the
     *     message names it
     */
    public PackedMatrix packForward(
            FloatBuffer weight, @Nullable PackedMatrix spare, Workers workers) {
        return forward().withValues(weight, spare, workers);
    }

    /**
     * Packs a weight for the gradient of the input.
     *
     * @param weight the weight's entries; pruned entries are not read
     * @param spare as for the forward product
     * @param workers the threads
     * @return the transposed matrix
     * @throws IllegalArgumentException if an output reads more than four of eight inputs; the
     *     message names it
     */
    public PackedMatrix packInputGradient(
            FloatBuffer weight, @Nullable PackedMatrix spare, Workers workers) {
        return inputGradient().withValues(weight, spare, workers);
    }

    /**
     * Packs a weight for products with few rows.
     *
     * @param weight the weight, packed for the forward product
     * @param workers the threads
     * @return the matrix; null if the mask is not a 2:4 mask that keeps exactly two of every four
     *     inputs
     */
    public @Nullable RowMatrix packRows(PackedMatrix weight, Workers workers) {
        return RowMatrix.of(ops, mask, weight, workers);
    }

    private synchronized PackedMatrix forward() {
        if (forward == null) {
            forward = PackedMatrix.of(ops, mask, WeightView.of(shape(), 0));
        }
        return forward;
    }

    private synchronized PackedMatrix inputGradient() {
        if (inputGradient == null) {
            inputGradient = PackedMatrix.of(ops, mask, WeightView.transposed(shape(), 0));
        }
        return inputGradient;
    }

    /**
     * Returns the gradient of the weight, which is made once for similar numbers of positions.
     *
     * @param positions the number of positions to sum over
     * @return the gradient at kept entries
     * @throws IllegalArgumentException if an input feeds more than four of eight outputs; the
     *     message names it
     */
    public synchronized KeptGradient getWeightGradient(int positions) {
        return weightGradients.computeIfAbsent(
                KeptGradient.windowOf(positions),
                window -> KeptGradient.of(ops, mask, WeightView.of(shape(), 0), window));
    }
}
