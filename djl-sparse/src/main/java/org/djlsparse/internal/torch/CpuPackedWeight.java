package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.cpu.PackedMatrix;
import org.djlsparse.internal.cpu.RowMatrix;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A weight whose kept entries are packed for products on the CPU. It reads inputs directly from
 * PyTorch's memory and writes results directly into it.
 */
final class CpuPackedWeight extends PackedWeight {

    private final ProductForm form;
    private final Mask mask;
    private final CpuLayer layer;
    private final @Nullable PackedMatrix forward;
    private final @Nullable List<PackedMatrix> inputGradient;
    private final boolean keptGradient;
    private final boolean takesDense;
    private final Shape weightShape;
    private final NDManager manager;
    private final @Nullable NDArray masked; // for products that are dense
    private final NDArray none;

    private boolean rowsPacked; // guarded by this, as is the next field
    private @Nullable RowMatrix rows;

    private CpuPackedWeight(
            LayerProduct product,
            CpuProducts products,
            @Nullable CpuPackedWeight previous,
            NDManager owner) {
        form = product.form();
        mask = Objects.requireNonNull(product.mask());
        weightShape = product.weight().getShape();
        keptGradient = products.weightGradient() && product.keptGradient();
        // A dense gradient under the masked rule gets its zeros from the mask in the graph.
        takesDense = keptGradient || !product.keptGradient();
        CpuPackedWeight same = previous != null && previous.isOf(mask) ? previous : null;
        layer = same == null ? CpuLayer.of(form, mask) : same.layer;
        CpuPackedWeight spare = same != null && same.isIdle() ? same : null;
        try (Floats values = Floats.of(product.weight())) {
            forward =
                    products.forward()
                            ? layer.packForward(values.data(), spare == null ? null : spare.forward)
                            : null;
            inputGradient =
                    products.inputGradient()
                            ? layer.packInputGradient(
                                    values.data(), spare == null ? null : spare.inputGradient)
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
     * @throws IllegalArgumentException if the weight violates the pattern; the message says where
     */
    static CpuPackedWeight of(
            LayerProduct product,
            CpuProducts products,
            @Nullable PackedWeight previous,
            NDManager owner) {
        return new CpuPackedWeight(
                product, products, previous instanceof CpuPackedWeight own ? own : null, owner);
    }

    @SuppressWarnings("ReferenceEquality") // a refresh creates a new mask, even if equal
    private boolean isOf(Mask other) {
        return mask == other;
    }

    @Override
    public boolean takesDense() {
        return takesDense;
    }

    @Override
    boolean takesLayer() {
        return true;
    }

    @Override
    boolean hasChannelsFirst() {
        return !(form instanceof LinearForm);
    }

    @Override
    public NDArray multiply(NDArray x, @Nullable NDArray bias) {
        PackedMatrix matrix = forward;
        if (matrix == null) {
            // Outside the graph: the tied product gives x its gradient.
            try (NDArray seen = x.stopGradient()) {
                return form.plain(seen, Objects.requireNonNull(masked), bias);
            }
        }
        checkInput(x, weightShape.get(1));
        if (bias != null && bias.size() != weightShape.get(0)) {
            throw new IllegalArgumentException(
                    "bias " + bias.getShape() + ": must have " + weightShape.get(0) + " entries");
        }
        Shape shape = form.outputShape(x.getShape(), weightShape.get(0));
        float[] added = bias == null ? null : bias.toFloatArray();
        long rows = form.countRows(x.getShape());
        RowMatrix few = rows >= 1 && rows <= RowMatrix.MAX_ROWS ? fewRows(matrix) : null;
        return filled(
                HeldMemory.manager().create(shape, DataType.FLOAT32),
                x.getManager(),
                y -> {
                    if (few == null) {
                        layer.multiply(matrix, x, y, added);
                    } else {
                        multiplyRows(few, x, y, added);
                    }
                });
    }

    /**
     * Returns the form for few rows, packed when it is first needed; null if there is none.
     * Training uses it too, although it hardly pays there, so that equal inputs give bit-identical
     * results.
     */
    private synchronized @Nullable RowMatrix fewRows(PackedMatrix packed) {
        if (!(form instanceof LinearForm)) {
            return null;
        }
        if (!rowsPacked) {
            rowsPacked = true;
            rows = layer.packRows(packed);
        }
        return rows;
    }

    private static void multiplyRows(
            RowMatrix matrix, NDArray x, NDArray y, float @Nullable [] bias) {
        try (Floats operands = Floats.of(x)) {
            int rows = Operand.rows(operands.data(), x.getShape()).rows();
            matrix.multiply(operands.data(), rows, Floats.view(y), bias, OpenMp.INSTANCE);
        }
    }

    /** Checks an input's type and shape, because its memory is read accordingly. */
    private void checkInput(NDArray x, long channels) {
        Shape shape = x.getShape();
        int dimension = form instanceof LinearForm ? shape.dimension() - 1 : 1;
        if (x.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(
                    "input of type " + x.getDataType() + ": must be float32, as the weight");
        }
        if (shape.dimension() <= Math.max(dimension, 0) || shape.get(dimension) != channels) {
            throw new IllegalArgumentException(
                    "input "
                            + shape
                            + ": must have "
                            + channels
                            + " channels for weight "
                            + weightShape);
        }
    }

    @Override
    public NDArray inputGradient(NDArray gradient, Shape input) {
        List<PackedMatrix> matrices = inputGradient;
        if (matrices == null) {
            return form.inputGradient(gradient, Objects.requireNonNull(masked), input);
        }
        checkInput(gradient, weightShape.get(0));
        NDManager held = HeldMemory.manager();
        return filled(
                layer.writesAll()
                        ? held.create(input, DataType.FLOAT32)
                        : held.zeros(input, DataType.FLOAT32),
                gradient.getManager(),
                dx -> layer.inputGradient(matrices, gradient, dx));
    }

    /** Fills an array that nobody else can close meanwhile, and then passes it to its owner. */
    private static NDArray filled(NDArray array, NDManager owner, Consumer<NDArray> filler) {
        try {
            filler.accept(array);
            array.attach(owner);
            return array;
        } catch (RuntimeException e) {
            array.close();
            throw e;
        }
    }

    @Override
    NDList tie(NDArray x, NDArray weight) {
        return LinearOps.module().callWithGradients("tie_product", x, weight, multiply(x, null));
    }

    @Override
    NDArray finish(NDArray y, @Nullable NDArray bias, NDArray x) {
        String finish = hasChannelsFirst() ? "finish_channels" : "finish";
        return LinearOps.module()
                .callWithGradients(finish, y, bias == null ? none : bias, x)
                .singletonOrThrow();
    }

    @Override
    NDList gradients(NDArray gradient, NDArray x) {
        return new NDList(inputGradient(gradient, x.getShape()), weightGradient(gradient, x));
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray x) {
        if (!keptGradient) {
            return form.weightGradient(gradient, x, weightShape);
        }
        return filled(
                HeldMemory.manager().create(weightShape, DataType.FLOAT32),
                gradient.getManager(),
                dw -> layer.weightGradient(x, gradient, dw));
    }

    @Override
    void free() {
        manager.close();
    }
}
