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
 * A sample of a layer's inputs and targets, in float32, for finding weights by gradient descent. It
 * keeps as many positions as a limit allows, evenly spread over all positions. Weights have the
 * form described in {@link LeastSquares}. Not thread-safe.
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
     * @param owner a manager of the PyTorch engine on the inputs' device; the rows live in a
     *     submanager until they are closed
     * @param patches how a convolution cuts its input; null for a linear layer
     * @param positions the number of positions in all calls of the layer together
     * @param limit the maximum number of positions to keep
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
     * @param input the input of the layer
     * @param output the target output for this input
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

    /** Appends picked rows to those already kept. */
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
     * Returns the number of positions kept so far.
     *
     * @return the number
     */
    public long getSize() {
        return kept;
    }

    /**
     * Improves weights by Adam on the mean squared error of minibatches. The mask is applied again
     * after each step.
     *
     * @param owner the manager to attach the result to
     * @param weights the initial weights
     * @param mask {@code true} for kept weights
     * @param steps the number of steps
     * @param batch the number of positions in a minibatch, which is drawn again for each step
     * @param weightRate the learning rate of the weights
     * @param biasRate the learning rate of the bias
     * @param seed the seed of the draws
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
