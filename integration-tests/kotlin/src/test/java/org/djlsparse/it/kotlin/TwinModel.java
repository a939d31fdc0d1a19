package org.djlsparse.it.kotlin;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Pair;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The model, the data and the seeds that runs from Java and from Kotlin share. */
final class TwinModel {

    static final Shape INPUT = new Shape(1, 16);

    private TwinModel() {}

    /** Parameters are {@code 01Linear_weight}, {@code 03Linear_weight}, {@code 04Linear_weight}. */
    static Model create() {
        Engine.getInstance().setRandomSeed(7);
        Model model = Model.newInstance("twin");
        model.setBlock(
                new SequentialBlock()
                        .add(Linear.builder().setUnits(32).build())
                        .add(Activation::relu)
                        .add(Linear.builder().setUnits(16).build())
                        .add(Linear.builder().setUnits(8).build()));
        return model;
    }

    static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(new SquaredError())
                .optOptimizer(
                        Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build());
    }

    /** Eight batches of four. */
    static ArrayDataset data(NDManager manager) {
        return new ArrayDataset.Builder()
                .setData(inputs(manager))
                .optLabels(random(manager, 4, 8))
                .setSampling(4, false)
                .build();
    }

    /** What the data hold, in one array. */
    static NDArray inputs(NDManager manager) {
        return random(manager, 3, 16);
    }

    private static NDArray random(NDManager manager, long seed, int columns) {
        Random random = new Random(seed);
        float[] values = new float[32 * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, new Shape(32, columns));
    }

    /** The bits of each parameter. */
    static Map<String, String> bits(Model model) {
        Map<String, String> bits = new TreeMap<>();
        for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
            float[] values = pair.getValue().getArray().toFloatArray();
            bits.put(
                    pair.getKey(),
                    IntStream.range(0, values.length)
                            .mapToObj(i -> Integer.toHexString(Float.floatToRawIntBits(values[i])))
                            .collect(Collectors.joining(" ")));
        }
        return bits;
    }
}
