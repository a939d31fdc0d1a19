package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;

import org.djlsparse.internal.cpu.PackedMatrix;
import org.djlsparse.internal.cpu.PanelTarget;
import org.djlsparse.internal.cpu.RowMatrix;
import org.djlsparse.internal.cpu.SparseProducts;
import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.List;

/** A layer whose positions are rows, or single pixels each of which gives a result. */
final class CpuRows implements CpuLayer {

    private final ProductForm form;
    private final SparseProducts products;

    CpuRows(ProductForm form, Mask mask) {
        this.form = form;
        products = new SparseProducts(VectorLoops.get(), mask);
    }

    @Override
    public PackedMatrix packForward(FloatBuffer weight, @Nullable PackedMatrix spare) {
        return products.packForward(weight, spare, OpenMp.INSTANCE);
    }

    @Override
    public @Nullable RowMatrix packRows(PackedMatrix forward) {
        return products.packRows(forward, OpenMp.INSTANCE);
    }

    @Override
    public List<PackedMatrix> packInputGradient(
            FloatBuffer weight, @Nullable List<PackedMatrix> spare) {
        PackedMatrix old = spare == null ? null : spare.get(0);
        return List.of(products.packInputGradient(weight, old, OpenMp.INSTANCE));
    }

    @Override
    public void multiply(PackedMatrix packed, NDArray x, NDArray y, float @Nullable [] bias) {
        try (Operand operand = Operand.of(x, form)) {
            packed.multiply(
                    operand.source(), operand.positions(), target(y), bias, OpenMp.INSTANCE);
        }
    }

    @Override
    public void inputGradient(List<PackedMatrix> packed, NDArray dy, NDArray dx) {
        multiply(packed.get(0), dy, dx, null);
    }

    @Override
    public boolean writesAll() {
        return true;
    }

    private PanelTarget target(NDArray y) {
        return form instanceof LinearForm
                ? Operand.rows(Floats.view(y), y.getShape())
                : Operand.planes(Floats.view(y), y.getShape(), 1);
    }

    @Override
    public void weightGradient(NDArray x, NDArray dy, NDArray dw) {
        try (Operand operand = Operand.of(x, form);
                Operand gradient = Operand.of(dy, form)) {
            products.getWeightGradient(operand.positions())
                    .multiply(
                            operand.source(),
                            gradient.source(),
                            operand.positions(),
                            Floats.view(dw),
                            OpenMp.INSTANCE);
        }
    }
}
