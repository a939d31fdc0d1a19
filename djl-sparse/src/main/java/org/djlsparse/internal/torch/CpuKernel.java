package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngine;

import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The CPU kernel that multiplies with kept entries alone. */
final class CpuKernel implements ProductKernel {

    static final CpuKernel INSTANCE = new CpuKernel();

    private static final Logger logger = LoggerFactory.getLogger(CpuKernel.class);

    private static final NmPattern ANY = NmPattern.of(2, 4);
    private static final int BLOCK = 8;
    private static final int KEPT = 4;

    private static final class Holder {
        /** The reason why this JVM cannot run the kernel; determined and logged once. */
        static final @Nullable String REASON = findReason();
    }

    private CpuKernel() {}

    private static @Nullable String findReason() {
        String reason = VectorLoops.getReason();
        if (reason == null) {
            reason = findEngineReason();
        }
        if (reason == null) {
            reason = CpuWarmUp.run();
        }
        if (reason != null) {
            logger.info("kernel {} is off: {}", INSTANCE.getName(), reason);
        }
        return reason;
    }

    /** Returns the reason if PyTorch does not load: the products run in its threads. */
    private static @Nullable String findEngineReason() {
        try {
            Engine.getEngine(PtEngine.ENGINE_NAME);
            return null;
        } catch (RuntimeException | LinkageError e) {
            return "PyTorch does not load: " + e.getMessage();
        }
    }

    @Override
    public String getName() {
        return LinearKernel.cpuSparse().getName();
    }

    @Override
    public boolean needsPattern() {
        return true;
    }

    @Override
    public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
        if (device.isGpu()) {
            return "device " + device + ": must be a CPU";
        }
        if (type != DataType.FLOAT32) {
            return "weight of type " + type + ": must be float32";
        }
        if (outputs < BLOCK || inputs < BLOCK) {
            return outputs + " x " + inputs + ": must be at least " + BLOCK + " x " + BLOCK;
        }
        return Holder.REASON;
    }

    @Override
    public @Nullable String rejection(ProductForm form) {
        return null;
    }

    @Override
    public @Nullable String rejection(LayerProduct product) {
        String reason =
                rejection(
                        product.weight().getDevice(),
                        product.weight().getDataType(),
                        product.outputs(),
                        product.inputs());
        return reason == null && product.mask() != null ? rejection(product.mask()) : reason;
    }

    /**
     * Returns the reason why a mask may keep more than four of eight entries in a row or a column,
     * or null if it cannot.
     */
    private static @Nullable String rejection(Mask mask) {
        NmPattern pattern = mask.getPattern();
        if (BLOCK % pattern.m() != 0 || pattern.n() * BLOCK / pattern.m() > KEPT) {
            return "mask " + pattern + ": must keep at most " + KEPT + " of each " + BLOCK;
        }
        return mask.isTransposable() ? null : "mask " + pattern + ": must be valid both ways";
    }

    @Override
    public PackedWeight pack(
            LayerProduct product, @Nullable PackedWeight previous, NDManager manager) {
        return pack(product, previous, manager, CpuProducts.ALL);
    }

    /** Packs a weight for some of the products; the others run dense. */
    PackedWeight pack(
            LayerProduct product,
            @Nullable PackedWeight previous,
            NDManager manager,
            CpuProducts products) {
        LayerProduct masked =
                product.mask() == null
                        ? new LayerProduct(
                                product.form(),
                                product.weight(),
                                product.masked(),
                                maskOf(product.weight()),
                                product.keptGradient())
                        : product;
        return CpuPackedWeight.of(masked, products, previous, manager);
    }

    @Override
    public PackedWeight pack(NDArray weight, NDManager manager) {
        Shape shape = weight.getShape();
        if (shape.dimension() != 2) {
            throw new IllegalArgumentException("weight " + shape + ": must be [out, in]");
        }
        if (weight.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(
                    "weight of type " + weight.getDataType() + ": must be float32");
        }
        return pack(LayerProduct.of(ProductForm.linear(), weight), null, manager);
    }

    /** Returns the mask of the entries that are not zero. */
    private static Mask maskOf(NDArray weight) {
        WeightShape shape = WeightShape.of(weight.getShape().getShape());
        float[] values = weight.toFloatArray();
        boolean[] keep = new boolean[values.length];
        for (int i = 0; i < keep.length; i++) {
            keep[i] = values[i] != 0;
        }
        return Mask.of(shape, ANY, keep);
    }

    @Override
    public String toString() {
        return getName();
    }
}
