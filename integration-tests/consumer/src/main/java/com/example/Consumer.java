package com.example;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;

/** Trains a small network with 2:4 masks, from nothing but what is published. */
final class Consumer {

    private static final int FEATURES = 16;
    private static final int BATCH = 8;

    private Consumer() {}

    public static void main(String[] args) throws Exception {
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(32).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(4).build());
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        try (Model model = Model.newInstance("consumer")) {
            model.setBlock(sparsifier.wrap(block));
            DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(BATCH, FEATURES));
                EasyTrain.fit(trainer, 1, dataset(trainer.getManager()), null);
                System.out.println(sparsifier.report());
            }
        }
    }

    private static ArrayDataset dataset(NDManager manager) {
        NDArray data = manager.randomNormal(new Shape(5 * BATCH, FEATURES));
        NDArray labels = data.get(":, :4").argMax(1);
        return new ArrayDataset.Builder()
                .setData(data)
                .optLabels(labels)
                .setSampling(BATCH, false)
                .build();
    }
}
