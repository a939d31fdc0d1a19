package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.cpu.PackedMatrix;
import org.djlsparse.cpu.PanelTarget;
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
    private final Shape weightShape;
    private final NDManager manager;
    private final @Nullable NDArray masked; // for products that are dense
    private final NDArray none;
    private final NDArray like; // of the weight's shape, and of no size in memory

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
        sparse = same == null ? new SparseProducts(VectorLoops.get(), mask) : same.sparse;
        CpuPackedWeight spare = same != null && same.isIdle() ? same : null;
        try (Floats weight = Floats.of(product.weight())) {
            forward =
                    products.forward()
                            ? sparse.packForward(
                                    weight.data(),
                                    spare == null ? null : spare.forward,
                                    OpenMp.INSTANCE)
                            : null;
            inputGradient =
                    products.inputGradient()
                            ? sparse.packInputGradient(
                                    weight.data(),
                                    spare == null ? null : spare.inputGradient,
                                    OpenMp.INSTANCE)
                            : null;
        }
        manager = owner.newSubManager(product.weight().getDevice());
        none = manager.create(new Shape(0), DataType.FLOAT32);
        like = none.reshape(1, 0).sum().broadcast(weightShape);
        NDScope.unregister(none, like);
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
            return form.plain(x, Objects.requireNonNull(masked), bias);
        }
        return product(matrix, x, form.outputShape(x.getShape(), weightShape.get(0)), bias);
    }

    @Override
    public NDArray inputGradient(NDArray gradient) {
        PackedMatrix matrix = inputGradient;
        Shape shape = form.inputShape(gradient.getShape(), weightShape.get(1));
        if (matrix == null) {
            return LinearOps.module()
                    .callWithGradients(
                            "dense_input_gradient", gradient, Objects.requireNonNull(masked))
                    .singletonOrThrow();
        }
        return product(matrix, gradient, shape, null);
    }

    private NDArray product(PackedMatrix matrix, NDArray x, Shape shape, @Nullable NDArray bias) {
        NDArray y = x.getManager().create(shape, DataType.FLOAT32);
        try (Operand operand = Operand.of(x, form)) {
            matrix.multiply(
                    operand.source(),
                    operand.positions(),
                    target(Floats.view(y), shape),
                    bias == null ? null : bias.toFloatArray(),
                    OpenMp.INSTANCE);
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
        NDArray dw = gradient.getManager().create(weightShape, DataType.FLOAT32);
        try (Operand operand = Operand.of(x, form);
                Operand dy = Operand.of(gradient, form)) {
            sparse.getWeightGradient()
                    .multiply(
                            operand.source(),
                            dy.source(),
                            operand.positions(),
                            Floats.view(dw),
                            OpenMp.INSTANCE);
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
