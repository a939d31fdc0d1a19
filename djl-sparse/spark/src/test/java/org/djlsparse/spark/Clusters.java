package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;

import java.util.Random;

/** A small task for tests: random clusters of points, and a network of two layers. */
final class Clusters {

    static final int BATCH = 4;
    static final int EXAMPLES = 200;

    private static final int INPUTS = 16;
    private static final int CLASSES = 4;

    private Clusters() {}

    /** The data of all tests. */
    static final DataFactory DATA = DataFactory.sharing(Clusters::dataset, BATCH);

    static ArrayDataset dataset(NDManager manager) {
        Random random = new Random(7);
        float[][] centers = new float[CLASSES][INPUTS];
        for (float[] center : centers) {
            for (int i = 0; i < INPUTS; i++) {
                center[i] = (float) random.nextGaussian();
            }
        }
        float[] points = new float[EXAMPLES * INPUTS];
        float[] labels = new float[EXAMPLES];
        for (int i = 0; i < EXAMPLES; i++) {
            labels[i] = random.nextInt(CLASSES);
            for (int j = 0; j < INPUTS; j++) {
                points[i * INPUTS + j] =
                        centers[(int) labels[i]][j] + 0.8f * (float) random.nextGaussian();
            }
        }
        return new ArrayDataset.Builder()
                .setData(manager.create(points, new Shape(EXAMPLES, INPUTS)))
                .optLabels(manager.create(labels, new Shape(EXAMPLES, 1)))
                .setSampling(BATCH, false)
                .build();
    }

    static SequentialBlock network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(24).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(CLASSES).build());
    }

    static ModelSetup setup(SequentialBlock block, Optimizer optimizer) {
        return new ModelSetup(
                block,
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .optInitializer(new XavierInitializer(), Parameter.Type.WEIGHT)
                        .optOptimizer(optimizer),
                new Shape(1, INPUTS));
    }

    /** SGD with momentum and weight decay. */
    static ModelSetup sgd() {
        return setup(network(), momentum());
    }

    static Optimizer momentum() {
        return Optimizer.sgd()
                .setLearningRateTracker(Tracker.fixed(0.05f))
                .optMomentum(0.9f)
                .optWeightDecays(0.001f)
                .build();
    }

    static ModelSetup adam() {
        return setup(
                network(), Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build());
    }

    /** With running statistics and random numbers. */
    static ModelSetup normalized() {
        return normalized(0.3f);
    }

    static ModelSetup normalized(float dropout) {
        SequentialBlock block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(24).build())
                        .add(BatchNorm.builder().build())
                        .add(Activation::relu)
                        .add(Dropout.builder().optRate(dropout).build())
                        .add(Linear.builder().setUnits(CLASSES).build());
        return setup(block, momentum());
    }

    /** With one layer in two places. */
    static ModelSetup shared() {
        Linear layer = Linear.builder().setUnits(INPUTS).build();
        SequentialBlock block =
                new SequentialBlock()
                        .add(layer)
                        .add(Activation::relu)
                        .add(layer)
                        .add(Linear.builder().setUnits(CLASSES).build());
        return setup(block, momentum());
    }

    /** Refreshes every ten steps. */
    static Sparsifier.Builder masks() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSchedule(MaskSchedule.every(10));
    }

    /** The same after ten dense steps. */
    static Sparsifier.Builder warmUp() {
        return masks().optSchedule(MaskSchedule.every(10).warmUp(10));
    }
}
