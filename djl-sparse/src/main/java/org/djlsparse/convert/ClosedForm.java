package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.djlsparse.internal.torch.LeastSquares;
import org.djlsparse.internal.torch.RowSample;
import org.jspecify.annotations.Nullable;

/** The solution of the normal equations. */
final class ClosedForm extends ReconstructionMethod {

    private final double damping;

    ClosedForm(double damping) {
        super(damping);
        Checks.positive("damping", damping);
        this.damping = damping;
    }

    @Override
    public String getName() {
        return "closed form";
    }

    @Override
    double getDamping() {
        return damping;
    }

    @Override
    boolean usesSums() {
        return true;
    }

    @Override
    NDArray fit(
            LeastSquares sums,
            @Nullable RowSample rows,
            NDArray dense,
            NDArray mask,
            NDManager scratch) {
        NDArray solved = sums.solve(dense, mask, damping);
        solved.attach(scratch);
        return solved;
    }
}
