package org.djlsparse.it.kotlin;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;

/**
 * The mean squared error. Unlike DJL's L2 loss it multiplies with no scalar, which on a CPU gives
 * wrong gradients if garbage is collected between forward and backward pass.
 */
final class SquaredError extends Loss {

    SquaredError() {
        super("SquaredError");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        return labels.singletonOrThrow().sub(predictions.singletonOrThrow()).square().mean();
    }
}
