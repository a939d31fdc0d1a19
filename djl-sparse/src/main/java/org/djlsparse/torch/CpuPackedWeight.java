package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.cpu.PackedMatrix;
import org.djlsparse.cpu.PanelTarget;
import org.djlsparse.cpu.RowMatrix;
import org.djlsparse.cpu.SparseProducts;
import org.djlsparse.cpu.VectorLoops;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * A weight whose kept entries are packed for products on the processor. It reads inputs where they
 * lie in PyTorch's memory, and writes results where PyTorch will read them.
 */
final class CpuPackedWeight extends PackedWeight {

    private final ProductForm form;
    private final Mask mask;
    private final SparseProducts sparse;
    private final @Nullable PackedMatrix forward;
    private final @Nullable PackedMatrix inputGradient;
    private final boolean keptGradient;
    private final boolean takesDense;
    private final Shape weightShape;
    private final NDManager manager;
    private final @Nullable NDArray masked; // for products that are dense
    private final NDArray weight; // shares the values
    private final NDArray none;
    private final NDArray like; // of the weight's shape, and of no size in memory

    private boolean rowPacked; // guarded by this, as is the next
    private @Nullable RowMatrix row;

    private CpuPackedWeight(
            LayerProduct product,
            CpuProducts products,
            @Nullable CpuPackedWeight previous,
            NDManager owner) {
        form = product.form();
        mask = Objects.requireNonNull(product.mask());
        weightShape = product.weight().getShape();
        keptGradient = products.weightGradient() && product.keptGradient();
        // A whole gradient that is to be zero where the mask prunes passes the mask in the graph.
        takesDense = keptGradient || !product.keptGradient();
        CpuPackedWeight same = previous != null && previous.isOf(mask) ? previous : null;
        sparse = same == null ? new SparseProducts(VectorLoops.get(), mask) : same.sparse;
        CpuPackedWeight spare = same != null && same.isIdle() ? same : null;
        try (Floats values = Floats.of(product.weight())) {
            forward =
                    products.forward()
                            ? sparse.packForward(
                                    values.data(),
                                    spare == null ? null : spare.forward,
                                    OpenMp.INSTANCE)
                            : null;
            inputGradient =
                    products.inputGradient()
                            ? sparse.packInputGradient(
                                    values.data(),
                                    spare == null ? null : spare.inputGradient,
                                    OpenMp.INSTANCE)
                            : null;
        }
        manager = owner.newSubManager(product.weight().getDevice());
        weight = product.weight().stopGradient();
        weight.attach(manager);
        none = manager.create(new Shape(0), DataType.FLOAT32);
        like = none.reshape(1, 0).sum().broadcast(weightShape);
        NDScope.unregister(weight, none, like);
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
        return takesDense;
    }

    @Override
    boolean takesLayer() {
        return true;
    }

    @Override
    public NDArray multiply(NDArray x, @Nullable NDArray bias) {
        PackedMatrix matrix = forward;
        if (matrix == null) {
            // What is tied into the graph must not be in it already.
            try (NDArray y = form.plain(x, Objects.requireNonNull(masked), bias)) {
                return y.stopGradient();
            }
        }
        checkInput(x, weightShape.get(1));
        if (bias != null && bias.size() != weightShape.get(0)) {
            throw new IllegalArgumentException(
                    "bias " + bias.getShape() + ": must have " + weightShape.get(0) + " entries");
        }
        Shape shape = form.outputShape(x.getShape(), weightShape.get(0));
        long rows = form instanceof LinearForm ? form.countRows(x.getShape()) : 0;
        RowMatrix few = rows >= 1 && rows <= RowMatrix.MAX_ROWS ? row() : null;
        return few == null ? product(matrix, x, shape, bias) : rows(few, x, shape, bias);
    }

    /**
     * The form for few rows, packed when a prediction first needs it; null if there is none. In
     * training another weight comes with each step, which packing would not pay for.
     */
    private synchronized @Nullable RowMatrix row() {
        if (LinearFunction.isRecording()) {
            return null;
        }
        if (!rowPacked) {
            rowPacked = true;
            try (Floats values = Floats.of(weight)) {
                row = sparse.packRow(values.data(), OpenMp.INSTANCE);
            }
        }
        return row;
    }

    @Override
    public NDArray inputGradient(NDArray gradient) {
        PackedMatrix matrix = inputGradient;
        if (matrix == null) {
            return LinearOps.module()
                    .callWithGradients(
                            "dense_input_gradient", gradient, Objects.requireNonNull(masked))
                    .singletonOrThrow();
        }
        checkInput(gradient, weightShape.get(0));
        Shape shape = form.inputShape(gradient.getShape(), weightShape.get(1));
        return product(matrix, gradient, shape, null);
    }

    private static NDArray rows(RowMatrix matrix, NDArray x, Shape shape, @Nullable NDArray bias) {
        NDManager owner = x.getManager();
        NDArray y = HeldMemory.manager().create(shape, DataType.FLOAT32);
        try (Floats operands = Floats.of(x)) {
            matrix.multiply(
                    operands.data(),
                    Operand.rows(operands.data(), x.getShape()).rows(),
                    Floats.view(y),
                    bias == null ? null : bias.toFloatArray(),
                    OpenMp.INSTANCE);
            y.attach(owner);
            return y;
        } catch (RuntimeException e) {
            y.close();
            throw e;
        }
    }

    /** Memory is read as what this says it is. */
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

    private NDArray product(PackedMatrix matrix, NDArray x, Shape shape, @Nullable NDArray bias) {
        NDManager owner = x.getManager();
        NDArray y = HeldMemory.manager().create(shape, DataType.FLOAT32);
        try (Operand operand = Operand.of(x, form)) {
            matrix.multiply(
                    operand.source(),
                    operand.positions(),
                    target(Floats.view(y), shape),
                    bias == null ? null : bias.toFloatArray(),
                    OpenMp.INSTANCE);
            y.attach(owner);
            return y;
        } catch (RuntimeException e) {
            y.close();
            throw e;
        }
    }

    private PanelTarget target(FloatBuffer data, Shape shape) {
        return form instanceof LinearForm
                ? Operand.rows(data, shape)
                : Operand.planes(data, shape, 1);
    }

    @Override
    NDList tie(NDArray x, NDArray weight, @Nullable NDArray bias) {
        NDArray y = multiply(x, null);
        NDArray added = bias == null ? none : bias;
        return LinearOps.module().callWithGradients("tie_product", x, weight, added, y);
    }

    @Override
    NDList gradients(NDArray gradient, NDArray x) {
        return new NDList(inputGradient(gradient), weightGradient(gradient, x));
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray x) {
        if (!keptGradient) {
            return LinearOps.module()
                    .callWithGradients("dense_weight_gradient", gradient, x, like)
                    .singletonOrThrow();
        }
        NDManager owner = gradient.getManager();
        NDArray dw = HeldMemory.manager().create(weightShape, DataType.FLOAT32);
        try (Operand operand = Operand.of(x, form);
                Operand dy = Operand.of(gradient, form)) {
            sparse.getWeightGradient(operand.positions())
                    .multiply(
                            operand.source(),
                            dy.source(),
                            operand.positions(),
                            Floats.view(dw),
                            OpenMp.INSTANCE);
            dw.attach(owner);
            return dw;
        } catch (RuntimeException e) {
            dw.close();
            throw e;
        }
    }

    @Override
    void free() {
        manager.close();
    }
}
