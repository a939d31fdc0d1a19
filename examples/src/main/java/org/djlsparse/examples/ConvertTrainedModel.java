package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
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

import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.convert.MetricChange;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * Converts a trained dense model to 2:4 without training it. AdaPrune takes some inputs, without
 * labels, finds masks and fits the remaining weights, so that the output of each layer stays close
 * to that of the dense layer. The model reads digits of 5 x 7 pixels at random places in noise.
 */
public final class ConvertTrainedModel {

    private static final int SIZE = 10;
    private static final String[] DIGITS = {
        "01110100011001110101110011000101110", "00100011000010000100001000010001110",
        "01110100010000100010001000100011111", "11111000100010000010000011000101110",
        "00010001100101010010111110001000010", "11111100001111000001000011000101110",
        "00110010001000011110100011000101110", "11111000010001000100010000100001000",
        "01110100011000101110100011000101110", "01110100011000101111000010001001100"
    };

    private ConvertTrainedModel() {}

    /**
     * Trains a dense model and converts it.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, TranslateException {
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("digits")) {
            ArrayDataset train = draw(model.getNDManager(), 3000, 1);
            ArrayDataset test = draw(model.getNDManager(), 1000, 2);
            model.setBlock(
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(128).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(128).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(10).build()));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.adam().build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, SIZE * SIZE));
                EasyTrain.fit(trainer, 6, train, null);
            }
            // The model above stands for one that you have. Only this part is about masks.
            AdaPruneReport report =
                    AdaPrune.builder()
                            .setPattern(NmPattern.of(2, 4))
                            .optValidation(test, Loss.softmaxCrossEntropyLoss(), new Accuracy())
                            .build()
                            .convert(model, train);
            System.out.println(report);
            for (MetricChange metric : report.metrics()) {
                System.out.printf(
                        "%s: the conversion recovers %.0f%% of the cost of magnitude masks%n",
                        metric.name(), 100 * metric.getRecovered());
            }
            model.save(Path.of("target", "convert-trained-model"), "sparse"); // plain DJL
        }
    }

    /** Draws digits in random places. */
    private static ArrayDataset draw(NDManager manager, int count, long seed) {
        Random random = new Random(seed);
        float[] pixels = new float[count * SIZE * SIZE];
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(10);
            int left = random.nextInt(SIZE - 5);
            int top = random.nextInt(SIZE - 7);
            for (int j = 0; j < SIZE * SIZE; j++) {
                int x = j % SIZE - left;
                int y = j / SIZE - top;
                boolean inside = x >= 0 && x < 5 && y >= 0 && y < 7;
                int ink = inside && DIGITS[(int) labels[i]].charAt(y * 5 + x) == '1' ? 1 : 0;
                pixels[i * SIZE * SIZE + j] = ink + 0.2f * (float) random.nextGaussian();
            }
        }
        NDArray images = manager.create(pixels, new Shape(count, SIZE * SIZE));
        return new ArrayDataset.Builder()
                .setData(images)
                .optLabels(manager.create(labels))
                .setSampling(50, true)
                .build();
    }
}
