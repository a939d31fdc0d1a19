package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.BatchNorm;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Recomputes the statistics of batch norms over all calibration samples: the mean of each channel
 * of the norm's input and its unbiased variance, as in PyTorch's running statistics. Norms are
 * tuned one after the other, in the order of the forward pass, so each sees the outputs of the
 * norms that are already tuned.
 */
final class BatchNormTuning {

    private final Block block;
    private final ModelPass pass;
    private final Map<Parameter, NDArray> values;
    private final NDManager manager;
    private @Nullable Moments moments;
    private final Set<BatchNorm> order = new LinkedHashSet<>();

    BatchNormTuning(
            Block block, ModelPass pass, Map<Parameter, NDArray> values, NDManager manager) {
        this.block = block;
        this.pass = pass;
        this.values = values;
        this.manager = manager;
    }

    /**
     * Tunes the norms that can be hooked, and returns their number.
     *
     * @param samples supplies the samples, which are not read if there is no norm
     */
    int run(Supplier<Calibration> samples) {
        try (ForwardHooks hooks =
                new ForwardHooks(
                        block, BatchNorm.class::isInstance, ModelPass.guarded(this::onForward))) {
            if (hooks.isEmpty()) {
                return 0;
            }
            Calibration calibration = samples.get();
            runAll(hooks.getRoot(), calibration);
            List<BatchNorm> norms = new ArrayList<>(order);
            for (BatchNorm norm : norms) {
                try (NDManager scratch = manager.newSubManager()) {
                    Moments current = new Moments(norm, scratch);
                    moments = current;
                    runAll(hooks.getRoot(), calibration);
                    put(norm, "runningMean", current.mean());
                    put(norm, "runningVar", current.variance());
                }
            }
            return norms.size();
        }
    }

    private void runAll(Block root, Calibration calibration) {
        List<NDList> batches = calibration.getBatches();
        for (int i = 0; i < batches.size(); i++) {
            pass.run(root, values, batches.get(i), i);
        }
    }

    private void put(BatchNorm norm, String name, NDArray value) {
        Parameter parameter = Objects.requireNonNull(norm.getDirectParameters().get(name));
        values.put(parameter, Weights.typed(value, parameter.getArray(), manager));
    }

    private void onForward(Block called, NDArray input, NDArray output) {
        order.add((BatchNorm) called);
        if (moments != null && moments.norm == called) {
            moments.add(input);
        }
    }

    /** The sums over all calls of one norm, channel by channel. */
    private static final class Moments {

        private final BatchNorm norm;
        private final int axis;
        private final NDArray sums;
        private final NDArray squares;
        private long count;

        Moments(BatchNorm norm, NDManager manager) {
            this.norm = norm;
            axis = BatchNormAxis.of(norm);
            Parameter mean = Objects.requireNonNull(norm.getDirectParameters().get("runningMean"));
            Shape channels = mean.getArray().getShape();
            sums = manager.zeros(channels, DataType.FLOAT64);
            squares = manager.zeros(channels, DataType.FLOAT64);
        }

        void add(NDArray input) {
            int dimensions = input.getShape().dimension();
            int[] others = IntStream.range(0, dimensions).filter(i -> i != axis).toArray();
            try (NDArray wide = input.toType(DataType.FLOAT64, true);
                    NDArray sum = wide.sum(others);
                    NDArray square = wide.mul(wide);
                    NDArray squareSum = square.sum(others)) {
                sums.addi(sum);
                squares.addi(squareSum);
            }
            count += input.getShape().size() / input.getShape().get(axis);
        }

        NDArray mean() {
            return sums.div(count);
        }

        NDArray variance() {
            NDArray mean = mean();
            return squares.sub(mean.mul(sums)).div(Math.max(1, count - 1)).maximum(0);
        }
    }
}
