package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/** A weight packed by the operators of {@code product_ops.py}. */
final class ScriptPackedWeight extends PackedWeight {

    private final NDManager manager;
    private final PackedProduct forward;
    private final PackedProduct inputGradient;
    private final NDArray like;

    /**
     * Packs a weight.
     *
     * @param owner the manager that owns the packed form
     * @param weight the masked weight
     * @param forward the operators of the forward product
     * @param inputGradient the operators of the product for the gradient of the input
     * @param type PyTorch's number of the type to compute in
     * @param forwardAlgorithm the number of the algorithm for the forward product
     * @param inputGradientAlgorithm the number of the algorithm for the gradient of the input
     */
    ScriptPackedWeight(
            NDManager owner,
            NDArray weight,
            ProductOps forward,
            ProductOps inputGradient,
            int type,
            long forwardAlgorithm,
            long inputGradientAlgorithm) {
        manager = owner.newSubManager(weight.getDevice());
        try (NDManager scratch = manager.newSubManager()) {
            NDArray typed =
                    forward.module().call(scratch, "typed", weight, type).singletonOrThrow();
            this.forward = new PackedProduct(manager, forward, typed, false, forwardAlgorithm);
            this.inputGradient =
                    new PackedProduct(manager, inputGradient, typed, true, inputGradientAlgorithm);
            like = manager.create(new Shape(0), weight.getDataType());
            NDScope.unregister(like); // outlives the scope of a forward pass
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    @Override
    public NDArray multiply(NDArray x, @Nullable NDArray bias) {
        return forward.call("predict", x, bias == null ? like : bias).singletonOrThrow();
    }

    @Override
    public NDArray inputGradient(NDArray gradient, Shape input) {
        return inputGradient.call("input_gradient", gradient).singletonOrThrow();
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
        return forward.call("tie", x, weight);
    }

    @Override
    NDArray finish(NDArray y, @Nullable NDArray bias, NDArray x) {
        return LinearOps.module()
                .callWithGradients("finish", y, bias == null ? like : bias, x)
                .singletonOrThrow();
    }

    @Override
    NDList gradients(NDArray gradient, NDArray rows) {
        return inputGradient.call("gradients", gradient, rows, like);
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray rows) {
        return LinearOps.module()
                .callWithGradients("weight_gradient", gradient, rows, like)
                .singletonOrThrow();
    }

    /** Returns whether an algorithm has refused a product, so that the default one serves it. */
    boolean hasFallenBack() {
        return forward.hasFallenBack() || inputGradient.hasFallenBack();
    }

    /** Returns the number of the fastest algorithm for the product with these rows. */
    long searchForward(NDArray rows) {
        return forward.search(rows);
    }

    /** Returns the number of the fastest algorithm for the gradient of the input. */
    long searchInputGradient(NDArray gradient) {
        return inputGradient.search(gradient);
    }

    @Override
    void free() {
        manager.close();
    }
}
