package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.djlsparse.internal.torch.LeastSquares;
import org.djlsparse.internal.torch.RowSample;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** Adam on minibatches of a layer's positions. */
final class AdamSteps extends ReconstructionMethod {

    /** The number of a layer's positions from which minibatches are drawn. */
    private static final long MOST_ROWS = 1 << 14;

    private final int steps;
    private final int batch;
    private final double weightRate;
    private final double biasRate;

    AdamSteps(int steps, int batch, double weightRate, double biasRate) {
        super(steps, batch, weightRate, biasRate);
        Checks.atLeastOne("steps", steps);
        Checks.atLeastOne("batch", batch);
        Checks.positive("weightRate", weightRate);
        Checks.positive("biasRate", biasRate);
        this.steps = steps;
        this.batch = batch;
        this.weightRate = weightRate;
        this.biasRate = biasRate;
    }

    @Override
    public String getName() {
        return "adam";
    }

    @Override
    boolean usesSums() {
        return false;
    }

    @Override
    boolean usesRows() {
        return true;
    }

    @Override
    RowSample newSample(NDManager manager, LeastSquares.@Nullable Patches patches, long positions) {
        return new RowSample(manager, patches, positions, MOST_ROWS);
    }

    @Override
    NDArray fit(
            LeastSquares sums,
            @Nullable RowSample rows,
            NDArray dense,
            NDArray mask,
            NDManager scratch) {
        return Objects.requireNonNull(rows)
                .adam(scratch, dense, mask, steps, batch, weightRate, biasRate, 1);
    }
}
