package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.internal.torch.LeastSquares;
import org.djlsparse.internal.torch.RowSample;
import org.jspecify.annotations.Nullable;

/** The method that does not change the kept weights. */
final class MaskOnly extends ReconstructionMethod {

    static final String NAME = "mask only";

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    boolean usesSums() {
        return false;
    }

    @Override
    NDArray fit(
            LeastSquares sums,
            @Nullable RowSample rows,
            NDArray dense,
            NDArray mask,
            NDManager scratch) {
        return dense.mul(mask.toType(DataType.FLOAT64, false)).addi(0); // turns -0 into 0
    }
}
