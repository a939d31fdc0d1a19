package org.djlsparse.internal.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.KernelChoice;
import org.djlsparse.internal.torch.ProductForm;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Objects;

/**
 * A convolution whose products run in a kernel while its weight has a mask that the kernel can use,
 * and as in DJL otherwise. A 1 x 1 convolution is a linear layer with one row per pixel; others
 * need a kernel that supports images.
 *
 * <p>It replaces another convolution and uses its parameters. Initialization, shapes, saving and
 * loading are delegated to that block.
 */
final class SparseConv2d extends Conv2d implements KernelBlock {

    private final Conv2d original;
    private final KernelProduct product;

    /**
     * Creates a block that replaces another.
     *
     * @param original the replaced block, for which {@link #rejection} returns null
     * @param chooser chooses what runs the products
     * @param hooks the hooks that deliver the gradients
     * @param sampling the sampling of the output's gradients; null if there is none
     */
    SparseConv2d(
            Conv2d original,
            ProductKernelChooser chooser,
            HookRegistry hooks,
            GradientSampling.@Nullable Layer sampling) {
        super(
                Conv2d.builder()
                        .setKernelShape(original.getKernelShape())
                        .setFilters(original.getFilters())
                        .optStride(original.getStride())
                        .optPadding(original.getPadding())
                        .optDilation(original.getDilation())
                        .optBias(original.isIncludeBias()));
        this.original = original;
        parameters.clear();
        original.getDirectParameters().forEach(p -> parameters.put(p.getKey(), p.getValue()));
        product =
                new KernelProduct(
                        formOf(original),
                        Objects.requireNonNull(parameters.get("weight")),
                        parameters.get("bias"),
                        chooser,
                        hooks,
                        sampling);
    }

    /**
     * Returns the reason why no kernel can run a convolution's products.
     *
     * @param convolution the convolution
     * @param chooser chooses what runs the products
     * @return the reason in words, or null if a kernel may run them
     */
    static @Nullable String rejection(Conv2d convolution, ProductKernelChooser chooser) {
        return convolution.getGroups() == 1
                ? chooser.rejection(formOf(convolution))
                : convolution.getGroups() + " groups: must be 1";
    }

    private static ProductForm formOf(Conv2d convolution) {
        return ProductForm.convolution(
                convolution.getKernelShape(),
                convolution.getStride(),
                convolution.getPadding(),
                convolution.getDilation());
    }

    @Override
    public KernelChoice getChoice() {
        return product.getChoice();
    }

    @Override
    public boolean isSampled() {
        return product.isSampled();
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

    // The methods below delegate to the original block.

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
