package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.cpu.Axis;
import org.djlsparse.internal.cpu.Images;
import org.djlsparse.internal.cpu.PackedMatrix;
import org.djlsparse.internal.cpu.RowMatrix;
import org.djlsparse.internal.cpu.SparseConvolution;
import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.List;

/** A convolution whose results read several pixels each, or that skips pixels. */
final class CpuConvolution implements CpuLayer {

    private final SparseConvolution convolution;

    CpuConvolution(Mask mask, Axis vertical, Axis horizontal) {
        convolution = new SparseConvolution(VectorLoops.get(), mask, vertical, horizontal);
    }

    @Override
    public PackedMatrix packForward(FloatBuffer weight, @Nullable PackedMatrix spare) {
        return convolution.packForward(weight, spare, OpenMp.INSTANCE);
    }

    @Override
    public @Nullable RowMatrix packRows(PackedMatrix forward) {
        return null; // each image has many positions
    }

    @Override
    public List<PackedMatrix> packInputGradient(
            FloatBuffer weight, @Nullable List<PackedMatrix> spare) {
        return convolution.packInputGradient(weight, spare, OpenMp.INSTANCE);
    }

    @Override
    public void multiply(PackedMatrix packed, NDArray x, NDArray y, float @Nullable [] bias) {
        try (Floats floats = Floats.of(x)) {
            convolution.multiply(packed, images(floats), images(y), bias, OpenMp.INSTANCE);
        }
    }

    @Override
    public void inputGradient(List<PackedMatrix> packed, NDArray dy, NDArray dx) {
        try (Floats floats = Floats.of(dy)) {
            convolution.inputGradient(packed, images(floats), images(dx), OpenMp.INSTANCE);
        }
    }

    @Override
    public boolean writesAll() {
        return convolution.readsAll();
    }

    @Override
    public void weightGradient(NDArray x, NDArray dy, NDArray dw) {
        try (Floats floats = Floats.of(x);
                Floats gradient = Floats.of(dy)) {
            convolution.weightGradient(
                    images(floats), images(gradient), Floats.view(dw), OpenMp.INSTANCE);
        }
    }

    private static Images images(Floats floats) {
        return images(floats.data(), floats.owner().getShape());
    }

    private static Images images(NDArray contiguous) {
        return images(Floats.view(contiguous), contiguous.getShape());
    }

    private static Images images(FloatBuffer data, Shape shape) {
        return new Images(
                data,
                (int) shape.get(0),
                (int) shape.get(1),
                (int) shape.get(2),
                (int) shape.get(3));
    }
}
