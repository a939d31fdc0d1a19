package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.cpu.PackedMatrix;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A weight whose kept entries are packed for products on the processor. It reads inputs where they
 * lie in PyTorch's memory, and writes results where PyTorch will read them.
 */
final class CpuPackedWeight extends PackedWeight {

    private final ProductForm form;
    private final Mask mask;
    private final CpuLayer layer;
    private final @Nullable PackedMatrix forward;
    private final @Nullable List<PackedMatrix> inputGradient;
    private final boolean keptGradient;
    private final Shape weightShape;
    private final NDManager manager;
    private final @Nullable NDArray masked; // for products that are dense
    private final NDArray none;

    private CpuPackedWeight(
            LayerProduct product,
            CpuProducts products,
            @Nullable CpuPackedWeight previous,
            NDManager owner) {
        form = product.form();
        mask = Objects.requireNonNull(product.mask());
        weightShape = product.weight().getShape();
        keptGradient = products.weightGradient() && product.keptGradient();
        CpuPackedWeight same = previous != null && previous.isOf(mask) ? previous : null;
        layer = same == null ? CpuLayer.of(form, mask) : same.layer;
        CpuPackedWeight spare = same != null && same.isIdle() ? same : null;
        try (Floats weight = Floats.of(product.weight())) {
            forward =
                    products.forward()
                            ? layer.packForward(weight.data(), spare == null ? null : spare.forward)
                            : null;
            inputGradient =
                    products.inputGradient()
                            ? layer.packInputGradient(
                                    weight.data(), spare == null ? null : spare.inputGradient)
                            : null;
        }
        manager = owner.newSubManager(product.weight().getDevice());
        none = manager.create(new Shape(0), DataType.FLOAT32);
        NDScope.unregister(none);
        if (products.forward() && products.inputGradient()) {
            masked = null;
        } else {
            masked = product.masked().get().stopGradient();
            NDScope.unregister(masked);
            masked.attach(manager);
        }
    }

    /**
     * Packs a weight.
     *
     * @throws IllegalArgumentException if the weight breaks the pattern; says where
     */
    static CpuPackedWeight of(
            LayerProduct product,
            CpuProducts products,
            @Nullable PackedWeight previous,
            NDManager owner) {
        return new CpuPackedWeight(
                product, products, previous instanceof CpuPackedWeight own ? own : null, owner);
    }

    @SuppressWarnings("ReferenceEquality") // a refresh makes another, be it equal
    private boolean isOf(Mask other) {
        return mask == other;
    }

    @Override
    public boolean takesDense() {
        return true;
    }

    @Override
    boolean takesLayer() {
        return true;
    }

    @Override
    public NDArray multiply(NDArray x, @Nullable NDArray bias) {
        PackedMatrix matrix = forward;
        if (matrix == null) {
            // Outside of the graph: what ties the product into it brings x the gradient.
            try (NDArray seen = x.stopGradient()) {
                return form.plain(seen, Objects.requireNonNull(masked), bias);
            }
        }
        checkInput(x.getShape());
        Shape shape = form.outputShape(x.getShape(), weightShape.get(0));
        float[] added = bias == null ? null : bias.toFloatArray();
        return filled(
                x.getManager().create(shape, DataType.FLOAT32),
                y -> layer.multiply(matrix, x, y, added));
    }

    private void checkInput(Shape input) {
        int channels = form instanceof LinearForm ? input.dimension() - 1 : 1;
        if (channels >= input.dimension() || input.get(channels) != weightShape.get(1)) {
            throw new IllegalArgumentException(
                    "input " + input + ": must have " + weightShape.get(1) + " inputs");
        }
    }

    @Override
    public NDArray inputGradient(NDArray gradient, Shape input) {
        List<PackedMatrix> matrices = inputGradient;
        if (matrices == null) {
            return form.inputGradient(gradient, Objects.requireNonNull(masked), input);
        }
        NDManager owner = gradient.getManager();
        return filled(
                layer.writesAll()
                        ? owner.create(input, DataType.FLOAT32)
                        : owner.zeros(input, DataType.FLOAT32),
                dx -> layer.inputGradient(matrices, gradient, dx));
    }

    private static NDArray filled(NDArray array, Consumer<NDArray> filler) {
        try {
            filler.accept(array);
            return array;
        } catch (RuntimeException e) {
            array.close();
            throw e;
        }
    }

    @Override
    NDList tie(NDArray x, NDArray weight, @Nullable NDArray bias) {
        NDArray y = multiply(x, null);
        NDArray added = bias == null ? none : bias;
        return LinearOps.module().callWithGradients("tie_product", x, weight, added, y);
    }

    @Override
    NDList gradients(NDArray gradient, NDArray x) {
        return new NDList(inputGradient(gradient, x.getShape()), weightGradient(gradient, x));
    }

    @Override
    NDArray weightGradient(NDArray gradient, NDArray x) {
        if (!keptGradient) {
            return form.weightGradient(gradient, x, weightShape);
        }
        return filled(
                gradient.getManager().create(weightShape, DataType.FLOAT32),
                dw -> layer.weightGradient(x, gradient, dw));
    }

    @Override
    void free() {
        manager.close();
    }
}
