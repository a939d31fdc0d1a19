package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;

import org.djlsparse.LayerSensitivity;
import org.djlsparse.SensitivityReport;
import org.djlsparse.Sparsifier;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Chooses a pattern for each layer of a trained model. The layer in which 2:4 masks raise the loss
 * most stays dense, the next one gets 4:8, the others 2:4. Then the model is trained on with masks.
 * The model classifies noisy sine waves by their frequency.
 */
public final class ChooseLayers {

    private static final int LENGTH = 64;

    private ChooseLayers() {}

    /**
     * Trains a dense model, chooses, and trains with masks.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, TranslateException {
        Engine.getInstance().setRandomSeed(1);
        Loss loss = Loss.softmaxCrossEntropyLoss();
        try (Model model = Model.newInstance("waves")) {
            NDList train = newWaves(model.getNDManager(), 2000, 1);
            NDList test = newWaves(model.getNDManager(), 1000, 2);
            model.setBlock(
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(128).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(64).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(32).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(8).build()));
            train(model, new DefaultTrainingConfig(loss), train, 8);
            System.out.println("accuracy, dense: " + accuracy(model, test));

            SensitivityReport sensitivity =
                    SensitivityReport.measure(
                            model.getBlock(),
                            List.of(NmPattern.of(2, 4), NmPattern.of(4, 8)),
                            new NDList(train.get(0)),
                            new NDList(train.get(1)),
                            loss);
            System.out.println(sensitivity);
            // The layers' names, the most sensitive to 2:4 first.
            List<String> names =
                    sensitivity.layers().stream()
                            .filter(layer -> layer.pattern().equals(NmPattern.of(2, 4)))
                            .sorted(Comparator.comparing(LayerSensitivity::lossChange).reversed())
                            .map(LayerSensitivity::name)
                            .toList();
            LayerPolicy policy =
                    LayerPolicy.builder()
                            .addDense(LayerSelector.named(names.get(0)))
                            .add(
                                    LayerSelector.named(names.get(1)),
                                    NmPattern.of(4, 8),
                                    MaskSolver.exact(),
                                    GradientRule.maskedDecay(1e-3f))
                            .build();

            Sparsifier sparsifier =
                    Sparsifier.builder().setPattern(NmPattern.of(2, 4)).optPolicy(policy).build();
            model.setBlock(sparsifier.wrap(model.getBlock()));
            System.out.println("accuracy, masks without training: " + accuracy(model, test));
            DefaultTrainingConfig config = new DefaultTrainingConfig(loss);
            config.addTrainingListeners(sparsifier.newListener());
            train(model, config, train, 4);
            System.out.println("accuracy, trained with masks: " + accuracy(model, test));
            System.out.println(sparsifier.report());
        }
    }

    private static void train(Model model, DefaultTrainingConfig config, NDList data, int epochs)
            throws IOException, TranslateException {
        config.optOptimizer(Optimizer.adam().build());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(new Shape(1, LENGTH));
            ArrayDataset dataset =
                    new ArrayDataset.Builder()
                            .setData(data.get(0))
                            .optLabels(data.get(1))
                            .setSampling(50, true)
                            .build();
            EasyTrain.fit(trainer, epochs, dataset, null);
        }
    }

    private static double accuracy(Model model, NDList data) throws TranslateException {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
            NDArray classes = predictor.predict(new NDList(data.get(0))).head().argMax(1);
            return (double) classes.eq(data.get(1)).countNonzero().getLong() / classes.size();
        }
    }

    /** Makes sine waves of eight frequencies, with a random phase and noise. */
    private static NDList newWaves(NDManager manager, int count, long seed) {
        Random random = new Random(seed);
        float[] waves = new float[count * LENGTH];
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(8);
            double phase = 2 * Math.PI * random.nextDouble();
            double step = 2 * Math.PI * (labels[i] + 2) / LENGTH;
            for (int j = 0; j < LENGTH; j++) {
                waves[i * LENGTH + j] =
                        (float) (Math.sin(phase + j * step) + random.nextGaussian());
            }
        }
        return new NDList(manager.create(waves, new Shape(count, LENGTH)), manager.create(labels));
    }
}
