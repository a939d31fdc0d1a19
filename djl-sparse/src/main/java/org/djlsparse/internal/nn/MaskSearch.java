package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.internal.torch.DeviceMaskSolver;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.WeightShape;

import java.util.function.Supplier;

/**
 * The search for the mask of one layer, whose weight has already been read. It runs on the weight's
 * device if the solver supports that, and on the heap otherwise.
 */
final class MaskSearch implements AutoCloseable {

    private final String layer;
    private final Supplier<FoundMask> search;
    private final Runnable release;

    private MaskSearch(String layer, Supplier<FoundMask> search, Runnable release) {
        this.layer = layer;
        this.search = search;
        this.release = release;
    }

    /**
     * Reads a weight, and prepares the search for its mask.
     *
     * @param weightChanges whether the weight may change before the search has run
     */
    static MaskSearch of(
            String layer,
            NDArray weight,
            WeightShape shape,
            MaskConfig config,
            boolean weightChanges) {
        if (!(config.solver() instanceof DeviceMaskSolver solver) || !solver.accepts(weight)) {
            return ofHeap(layer, weight, shape, config); // which copies it
        }
        if (!weightChanges) {
            return new MaskSearch(layer, () -> find(solver, weight, shape, config), () -> {});
        }
        try (NDArray stopped = weight.stopGradient()) {
            NDArray copy = stopped.duplicate();
            return new MaskSearch(layer, () -> find(solver, copy, shape, config), copy::close);
        }
    }

    private static MaskSearch ofHeap(
            String layer, NDArray weight, WeightShape shape, MaskConfig config) {
        float[] values = ParameterValues.read(weight);
        MaskSolver solver = config.solver();
        return new MaskSearch(
                layer,
                () -> {
                    Mask mask = solver.solve(values, shape, config.pattern());
                    return new FoundMask(mask, mask.getKeptMagnitude(values), 0);
                },
                () -> {});
    }

    /**
     * Finds the mask.
     *
     * @throws IllegalStateException if a weight is not finite; the message names the layer
     */
    FoundMask run() {
        long start = System.nanoTime();
        try {
            return search.get().took(System.nanoTime() - start);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "layer \""
                            + layer
                            + "\": no mask: "
                            + e.getMessage()
                            + "; if training diverged, use a lower learning rate",
                    e);
        }
    }

    private static FoundMask find(
            DeviceMaskSolver solver, NDArray weight, WeightShape shape, MaskConfig config) {
        try (NDArray kept = solver.solve(weight, config.pattern())) {
            return new FoundMask(
                    Mask.of(shape, config.pattern(), kept.toBooleanArray()),
                    keptMagnitude(weight, kept),
                    0);
        }
    }

    private static double keptMagnitude(NDArray weight, NDArray kept) {
        // A sum in float16 overflows.
        try (NDArray magnitude = weight.abs();
                NDArray wide = magnitude.toType(DataType.FLOAT32, true);
                NDArray all = wide.sum();
                NDArray factor = kept.toType(DataType.FLOAT32, true);
                NDArray masked = wide.mul(factor);
                NDArray sum = masked.sum()) {
            float total = all.getFloat();
            return total == 0 ? 1 : sum.getFloat() / (double) total;
        }
    }

    /** Frees the copy of the weight, if there is one. */
    @Override
    public void close() {
        release.run();
    }
}
