package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/** A weight packed by the operators of {@code linear_ops.py}. */
final class ScriptPackedWeight extends PackedWeight {

    private final NDManager manager;
    private final NDArray p;
    private final NDArray q;
    private final NDArray transposedP;
    private final NDArray transposedQ;
    private final NDArray like;

    /**
     * Packs a weight.
     *
     * @param owner the manager that owns the packed form
     * @param weight the masked weight
     * @param forward the operators' name of the kernel for the forward product
     * @param inputGradient the operators' name of the kernel for the gradient of the input
     * @param type PyTorch's number of the type to compute in
     * @param forwardAlgorithm the number of the algorithm for the forward product
     * @param inputGradientAlgorithm the number of the algorithm for the gradient of the input
     */
    ScriptPackedWeight(
            NDManager owner,
            NDArray weight,
            String forward,
            String inputGradient,
            int type,
            long forwardAlgorithm,
            long inputGradientAlgorithm) {
        manager = owner.newSubManager(weight.getDevice());
        NDList packed;
        try {
            packed =
                    LinearOps.module()
                            .call(
                                    manager,
                                    "pack_for",
                                    weight,
                                    forward,
                                    inputGradient,
                                    type,
                                    forwardAlgorithm,
                                    inputGradientAlgorithm);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
        NDScope.unregister(packed); // they outlive the scope of a forward pass
        p = packed.get(0);
        q = packed.get(1);
        transposedP = packed.get(2);
        transposedQ = packed.get(3);
        like = packed.get(4);
    }

    @Override
    public NDArray multiply(NDArray x, @Nullable NDArray bias) {
        return LinearOps.module()
                .callWithGradients("predict", x, bias == null ? like : bias, p, q)
                .singletonOrThrow();
    }

    @Override
    public NDArray inputGradient(NDArray gradient, Shape input) {
        return LinearOps.module()
                .callWithGradients("input_gradient", gradient, transposedP, transposedQ)
                .singletonOrThrow();
    }

    @Override
    public boolean takesDense() {
        return false;
    }

    @Override
    boolean takesLayer() {
        return false;
    }

    @Override
    boolean hasChannelsFirst() {
        return false;
    }

    @Override
    NDList tie(NDArray x, NDArray weight) {
        return LinearOps.module().callWithGradients("tie", x, weight, p, q);
    }

    @Override
    NDArray finish(NDArray y, @Nullable NDArray bias, NDArray x) {
        return LinearOps.module()
                .callWithGradients("finish", y, bias == null ? like : bias, x)
                .singletonOrThrow();
    }

    @Override
    NDList gradients(NDArray gradient, NDArray rows) {
        return LinearOps.module()
                .callWithGradients("gradients", gradient, transposedP, transposedQ, rows, like);
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray rows) {
        return LinearOps.module()
                .callWithGradients("weight_gradient", gradient, rows, like)
                .singletonOrThrow();
    }

    /** Returns the number of the fastest algorithm for the product with these rows. */
    long searchForward(NDArray rows) {
        return LinearOps.module().callForInt("cslt_search", rows, p);
    }

    /** Returns the number of the fastest algorithm for the gradient of the input. */
    long searchInputGradient(NDArray gradient) {
        return LinearOps.module().callForInt("cslt_search", gradient, transposedP);
    }

    @Override
    void free() {
        manager.close();
    }
}
