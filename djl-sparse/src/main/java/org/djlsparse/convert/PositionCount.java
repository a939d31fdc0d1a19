package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;

import org.djlsparse.internal.convert.CallObserver;
import org.djlsparse.internal.convert.PartCalls;

import java.util.List;

/** Counts the positions of layers on one part of the samples. */
final class PositionCount implements CallObserver {

    private static final long serialVersionUID = 1;

    private final LayerTask[] tasks;

    private final long samples;

    /**
     * Creates a task.
     *
     * @param tasks the layers
     * @param samples the maximum number of samples of all parts together
     */
    PositionCount(List<LayerTask> tasks, long samples) {
        this.tasks = tasks.toArray(LayerTask[]::new);
        this.samples = samples;
    }

    @Override
    public int size() {
        return tasks.length;
    }

    @Override
    public PartCalls observe(int part, int parts, Block block, Iterable<NDList> inputs) {
        try (ModelCopyPass pass = new ModelCopyPass(block, List.of(tasks))) {
            Calibration calibration =
                    Calibration.ofPart(inputs, part, parts, samples, pass.getManager());
            CallOrder order = new CallOrder();
            order.beginBatch(); // all batches as one: only their order and sizes matter
            pass.run(calibration, order::add);
            List<ConvertedLayer> layers = pass.getLayers();
            return new PartCalls(
                    calibration.getSamples(),
                    layers.stream().mapToLong(ConvertedLayer::getPositions).toArray(),
                    order.getOrder().stream().mapToInt(layers::indexOf).toArray());
        }
    }
}
