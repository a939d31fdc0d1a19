package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.torch.LeastSquares.Patches;
import org.jspecify.annotations.Nullable;

import java.util.Random;
import java.util.stream.LongStream;

/**
 * Inputs and targets of a layer at some of its positions, in float32, to find weights by gradients
 * from. Of all positions as many are kept as a limit allows, evenly spread. Weights are as in
 * {@link LeastSquares}. Not safe for use by several threads.
 */
public final class RowSample implements AutoCloseable {

    private final NDManager manager;
    private final @Nullable Patches patches;
    private final long positions;
    private final long limit;
    private @Nullable NDArray rows;
    private @Nullable NDArray targets;
    private long seen;
    private long kept;

    /**
     * Creates an empty sample.
     *
     * @param owner of the PyTorch engine and on the inputs' device; the rows live in a manager
     *     below it until closed
     * @param patches how a convolution cuts its input; null for a linear layer
     * @param positions how many positions there will be in all calls of the layer
     * @param limit how many of them to keep at most
     */
    public RowSample(NDManager owner, @Nullable Patches patches, long positions, long limit) {
        this.manager = owner.newSubManager();
        this.patches = patches;
        this.positions = positions;
        this.limit = Math.min(limit, positions);
    }

    /**
     * Adds a call of the layer.
     *
     * @param input what the layer gets
     * @param output what it shall make of that
     * @param bias the dense bias that is part of the output; null if there is none
     */
    public void add(NDArray input, NDArray output, @Nullable NDArray bias) {
        try (NDManager scratch = manager.newSubManager()) {
            NDArray subtracted = bias == null ? scratch.create(new Shape(0)) : bias;
            NDArray inputs = rows(scratch, input);
            NDArray outputs =
                    LeastSquares.module()
                            .call(
                                    scratch,
                                    patches == null ? "linear_targets" : "patch_targets",
                                    output,
                                    subtracted)
                            .singletonOrThrow();
            long first = seen;
            seen += inputs.getShape().get(0);
            long[] picked =
                    LongStream.range(first, seen)
                            .filter(i -> (i + 1) * limit / positions > i * limit / positions)
                            .map(i -> i - first)
                            .toArray();
            if (picked.length > 0) {
                NDArray index = scratch.create(picked);
                rows = put(rows, inputs, index);
                targets = put(targets, outputs, index);
                kept += picked.length;
            }
        }
    }

    /** Writes picked rows behind those that are there already. */
    private NDArray put(@Nullable NDArray all, NDArray values, NDArray index) {
        NDArray there =
                all == null ? manager.create(new Shape(limit, values.getShape().get(1))) : all;
        LeastSquares.module()
                .call(manager, "put", there, values, index, kept)
                .forEach(NDArray::close);
        return there;
    }

    private NDArray rows(NDManager scratch, NDArray input) {
        NDList rows =
                patches == null
                        ? LeastSquares.module().call(scratch, "linear_rows", input)
                        : LeastSquares.module()
                                .call(
                                        scratch,
                                        "patch_rows",
                                        input,
                                        patches.kernel(),
                                        patches.dilation(),
                                        patches.padding(),
                                        patches.stride());
        return rows.singletonOrThrow();
    }

    /**
     * Returns how many positions were kept so far.
     *
     * @return the number
     */
    public long getSize() {
        return kept;
    }

    /**
     * Improves weights by Adam on the mean squared error of minibatches. The mask is put on again
     * after each step.
     *
     * @param owner what to attach the result to
     * @param weights the weights to begin with
     * @param mask true where a weight is kept
     * @param steps the number of steps
     * @param batch the number of positions in a minibatch, drawn anew for each step
     * @param weightRate the learning rate of the weights
     * @param biasRate that of the bias
     * @param seed of the draws
     * @return the weights, in float32
     */
    public NDArray adam(
            NDManager owner,
            NDArray weights,
            NDArray mask,
            int steps,
            int batch,
            double weightRate,
            double biasRate,
            long seed) {
        if (rows == null || targets == null) {
            throw new IllegalStateException("no rows yet: must be added first");
        }
        try (NDManager scratch = manager.newSubManager()) {
            Random random = new Random(seed);
            long[] drawn = random.longs((long) steps * batch, 0, kept).toArray();
            NDArray draws = scratch.create(drawn, new Shape(steps, batch));
            return LeastSquares.module()
                    .call(owner, "adam", rows, targets, weights, mask, draws, weightRate, biasRate)
                    .singletonOrThrow();
        }
    }

    /** Frees the rows. */
    @Override
    public void close() {
        manager.close();
    }
}
