package org.djlsparse.internal.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.KernelChoice;
import org.djlsparse.internal.torch.LayerChooser;
import org.djlsparse.internal.torch.ProductForm;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Objects;

/**
 * A linear block whose products run in a kernel while its weight has a mask that the kernel can
 * use, and which is plain otherwise.
 *
 * <p>It stands in for another linear block, whose parameters it uses. Initialization, shapes,
 * saving and loading are that block's own.
 */
final class SparseLinear extends Linear implements KernelBlock {

    private final Linear original;
    private final KernelProduct product;

    /**
     * Creates a block that stands in for another.
     *
     * @param original the other block
     * @param chooser decides what runs the products
     * @param hooks bring the gradients
     */
    SparseLinear(Linear original, LayerChooser chooser, HookRegistry hooks) {
        super(Linear.builder());
        this.original = original;
        parameters.clear();
        original.getDirectParameters().forEach(p -> parameters.put(p.getKey(), p.getValue()));
        product =
                new KernelProduct(
                        ProductForm.linear(),
                        Objects.requireNonNull(parameters.get("weight")),
                        parameters.get("bias"),
                        chooser,
                        hooks);
    }

    @Override
    public KernelChoice getChoice() {
        return product.getChoice();
    }

    @Override
    public void release() {
        product.clear();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return new NDList(product.forward(parameterStore, inputs.singletonOrThrow(), training));
    }

    @Override
    public void clear() {
        product.clear();
        original.clear();
    }

    // What follows is the original block's own.

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        original.initialize(manager, dataType, inputShapes);
    }

    @Override
    public boolean isInitialized() {
        return original.isInitialized();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return original.getOutputShapes(inputs);
    }

    @Override
    public Shape[] getInputShapes() {
        return original.getInputShapes();
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return original.describeInput();
    }

    @Override
    public void cast(DataType dataType) {
        original.cast(dataType);
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        original.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        original.loadParameters(manager, is);
    }

    @Override
    public String toString() {
        return original.toString();
    }
}
