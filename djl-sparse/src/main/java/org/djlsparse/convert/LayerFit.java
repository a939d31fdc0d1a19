package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import org.djlsparse.internal.convert.LayerSums;
import org.djlsparse.internal.nn.ParameterValues;
import org.djlsparse.internal.torch.LeastSquares;
import org.djlsparse.internal.torch.LeastSquares.Patches;
import org.djlsparse.internal.torch.RowSample;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * The fit of one layer. It collects the layer's inputs and target outputs, call by call, and then
 * computes mask and weights.
 */
final class LayerFit implements AutoCloseable {

    private static final long FEWEST_POSITIONS = 4096; // up to here, positions cost almost nothing

    private final ConvertedLayer layer;
    private final NDManager manager;
    private final LeastSquares sums;
    private final PositionSample positions;
    private final @Nullable RowSample rows;
    private final ReconstructionMethod method;

    /**
     * Creates a fit without any calls.
     *
     * @param layer the layer, with the number of its positions
     * @param method the method
     * @param owner the manager of the model's device
     * @param positionsPerInput the maximum number of positions per input
     * @param first the number of positions that are added elsewhere, before those added here
     * @param scratchBytes the approximate size of scratch memory
     */
    LayerFit(
            ConvertedLayer layer,
            ReconstructionMethod method,
            NDManager owner,
            int positionsPerInput,
            long first,
            long scratchBytes) {
        this.layer = layer;
        manager = owner.newSubManager();
        long most = Math.max(FEWEST_POSITIONS, positionsPerInput * layer.getInputs());
        positions = new PositionSample(layer.getPositions(), most, first);
        this.method = method;
        Patches patches = layer.getPatches();
        sums =
                new LeastSquares(
                        manager, layer.getInputs(), layer.getShape().rows(), patches, scratchBytes);
        rows = method.newSample(manager, patches, layer.getPositions());
    }

    /**
     * Adds a call.
     *
     * @param block the block that was called
     * @param input its input
     * @param target its output in the dense model
     */
    void add(Block block, NDArray input, NDArray target) {
        Parameter parameter = ConvertedLayer.biasOf(block);
        NDArray bias = parameter == null ? null : parameter.getArray();
        long start = System.nanoTime();
        long count = target.getShape().size() / layer.getShape().rows();
        sums.add(input, target, bias, positions.next(count));
        long between = System.nanoTime();
        if (rows != null) {
            rows.add(input, target, bias);
        }
        layer.addFitNanos(method.usesSums() ? between - start : System.nanoTime() - between);
    }

    /** Adds the sums of calls on another machine. */
    void add(LayerSums other) {
        sums.add(other.getSums());
        layer.addFitNanos(method.usesSums() ? other.getNanos() : 0);
    }

    /** Copies the sums of all calls so far to the heap. */
    LayerSums getSums() {
        return new LayerSums(sums.getSums(), layer.getFitNanos());
    }

    /**
     * Computes mask and weights.
     *
     * @param values receives the new weight and bias, which belong to the given owner
     */
    void finish(MaskScore score, Map<Parameter, NDArray> values, NDManager owner) {
        if (!sums.isFinite()) {
            throw new CalibrationException(
                    layer.getName(),
                    "its inputs or outputs on the calibration data are not finite");
        }
        float[] weights = ParameterValues.read(layer.getParameter().getArray());
        Mask magnitude = layer.getMask();
        if (score != MaskScore.MAGNITUDE) {
            layer.setMask(
                    Weights.solve(layer, score.of(weights, sums, method.getDamping())), weights);
        }
        try (NDManager scratch = manager.newSubManager()) {
            NDArray dense = Weights.withBias(layer.getParameter(), scratch);
            NDArray kept = keptOf(magnitude, false, scratch);
            double before = sums.getRelativeError(dense.mul(kept.toType(DataType.FLOAT64, false)));
            Parameter bias = layer.getOwnBias();
            NDArray mask = keptOf(layer.getMask(), bias != null, scratch);
            long start = System.nanoTime();
            NDArray fitted = method.fit(sums, rows, dense, mask, scratch);
            layer.addFitNanos(System.nanoTime() - start);
            layer.setErrors(before, sums.getRelativeError(fitted), method.getName());
            put(fitted, bias, values, owner);
        }
    }

    /** Returns the mask as [outputs, inputs + 1]. */
    private NDArray keptOf(Mask mask, boolean bias, NDManager scratch) {
        long outputs = layer.getShape().rows();
        NDArray kept = scratch.create(mask.toBooleanArray(), new Shape(outputs, layer.getInputs()));
        NDArray last =
                bias
                        ? scratch.ones(new Shape(outputs, 1), DataType.BOOLEAN)
                        : scratch.zeros(new Shape(outputs, 1), DataType.BOOLEAN);
        return kept.concat(last, 1);
    }

    private void put(
            NDArray fitted,
            @Nullable Parameter bias,
            Map<Parameter, NDArray> values,
            NDManager owner) {
        Parameter parameter = layer.getParameter();
        NDArray weight =
                Weights.typed(fitted.get(new NDIndex(":, :-1")), parameter.getArray(), owner);
        values.put(parameter, weight);
        if (bias != null) {
            try (NDArray change = fitted.get(new NDIndex(":, -1"));
                    NDArray old = bias.getArray().stopGradient();
                    NDArray wide = old.toType(DataType.FLOAT64, false);
                    NDArray sum = wide.add(change)) {
                values.put(bias, Weights.typed(sum, bias.getArray(), owner));
            }
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
