package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.nio.file.Path;

/** First steps: a small network trained with masks, in two added lines. */
public final class GettingStarted {

    private GettingStarted() {}

    /**
     * Trains a small network with masks.
     *
     * @param args none
     * @throws IOException if the model cannot be saved
     * @throws TranslateException never, with data in memory
     */
    public static void main(String[] args) throws IOException, TranslateException {
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(128).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(10).build());
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        try (Model model = Model.newInstance("getting-started")) {
            model.setBlock(sparsifier.wrap(block)); // 1
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.adam().build())
                            .addEvaluator(new Accuracy());
            config.addTrainingListeners(sparsifier.newListener()); // 2
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 64));
                // Random points, each of the class that a random matrix gives it.
                NDArray points = trainer.getManager().randomNormal(new Shape(2000, 64));
                NDArray matrix = trainer.getManager().randomNormal(new Shape(64, 10));
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(points)
                                .optLabels(points.matMul(matrix).argMax(1))
                                .setSampling(20, true)
                                .build();
                EasyTrain.fit(trainer, 5, data, null);
            }
            System.out.println(sparsifier.report());
            model.setBlock(sparsifier.unwrap(model.getBlock())); // zeros written in
            model.save(Path.of("target", "getting-started"), "sparse");
        }
    }
}
