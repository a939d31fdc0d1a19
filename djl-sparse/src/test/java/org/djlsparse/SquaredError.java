package org.djlsparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;

/**
 * The mean squared error. Unlike DJL's L2 loss, it does not multiply by a scalar, which on a CPU
 * gives wrong gradients if a garbage collection runs between the forward and the backward pass.
 */
public final class SquaredError extends Loss {

    /** Creates the loss. */
    public SquaredError() {
        super("SquaredError");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray prediction = predictions.singletonOrThrow();
        NDArray label = labels.singletonOrThrow().reshape(prediction.getShape());
        return label.sub(prediction).square().mean();
    }
}
