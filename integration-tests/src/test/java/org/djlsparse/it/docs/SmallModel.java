package org.djlsparse.it.docs;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;

/** A small model on which the code of the pages runs. */
final class SmallModel {

    static final Shape INPUT = new Shape(1, 16);

    private SmallModel() {}

    static Block newBlock() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(32).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(8).build());
    }

    static DefaultTrainingConfig newConfig() {
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(Optimizer.adam().build());
    }

    /** Returns eight batches of eight points, where the class of a point is its largest entry. */
    static ArrayDataset newData(NDManager manager) {
        NDArray points = manager.randomNormal(new Shape(64, 16));
        return new ArrayDataset.Builder()
                .setData(points)
                .optLabels(points.get(":, :8").argMax(1))
                .setSampling(8, false)
                .build();
    }
}
