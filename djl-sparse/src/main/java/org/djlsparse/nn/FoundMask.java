package org.djlsparse.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.DeviceMaskSolver;

/**
 * A weight's mask, as a solver found it.
 *
 * @param mask the mask
 * @param keptMagnitude the share of the weight's magnitude that it keeps, from 0 to 1
 */
record FoundMask(Mask mask, double keptMagnitude) {

    /** Finds a mask on the weight's device if the solver can, and on the heap otherwise. */
    static FoundMask find(NDArray weight, WeightShape shape, MaskConfig config) {
        MaskSolver solver = config.solver();
        if (solver instanceof DeviceMaskSolver onDevice && onDevice.accepts(weight)) {
            try (NDArray kept = onDevice.solve(weight, config.pattern())) {
                return new FoundMask(
                        Mask.of(shape, config.pattern(), kept.toBooleanArray()),
                        keptMagnitude(weight, kept));
            }
        }
        float[] values = read(weight);
        Mask mask = solver.solve(values, shape, config.pattern());
        return new FoundMask(mask, mask.getKeptMagnitude(values));
    }

    private static double keptMagnitude(NDArray weight, NDArray kept) {
        // A sum of halves overflows.
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

    private static float[] read(NDArray weight) {
        if (weight.getDataType() == DataType.FLOAT32) {
            return weight.toFloatArray();
        }
        try (NDArray converted = weight.toType(DataType.FLOAT32, false)) {
            return converted.toFloatArray();
        }
    }
}
