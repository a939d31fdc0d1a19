package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingResult;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Trains a small convolutional network with 2:4 masks. The images are drawn here: bars, crosses and
 * rings with noise. Given a folder with the four unpacked files of MNIST, the program trains on its
 * digits instead.
 */
public final class TrainImageClassifier {

    private static final int SIZE = 28; // of an image, as MNIST has it

    private TrainImageClassifier() {}

    /**
     * Trains the network.
     *
     * @param args a folder with MNIST's IDX files, or nothing
     */
    public static void main(String[] args) throws IOException, TranslateException {
        Engine.getInstance().setRandomSeed(1);
        Block block =
                new SequentialBlock()
                        .add(newConvolution(16))
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock())
                        .add(newConvolution(32))
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock())
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(64).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(10).build());
        // Dense for 40 steps, then new masks every 20 steps. From step 160 on the masks stay, and
        // the weights adapt to them.
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(20).warmUp(40).keepFrom(160))
                        .build();
        try (Model model = Model.newInstance("image-classifier")) {
            NDManager manager = model.getNDManager();
            NDList train =
                    args.length == 0 ? draw(manager, 2000, 1) : read(manager, args[0], "train");
            NDList test = args.length == 0 ? draw(manager, 500, 2) : read(manager, args[0], "t10k");
            model.setBlock(sparsifier.wrap(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.adam().build())
                            .addEvaluator(new Accuracy());
            config.addTrainingListeners(TrainingListener.Defaults.basic());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 1, SIZE, SIZE));
                for (int epoch = 1; epoch <= 5; epoch++) {
                    EasyTrain.fit(trainer, 1, newDataset(train), newDataset(test));
                    TrainingResult result = trainer.getTrainingResult();
                    System.out.printf(
                            "epoch %d: training loss %.3f, test accuracy %.3f%n",
                            epoch, result.getTrainLoss(), result.getValidateEvaluation("Accuracy"));
                }
            }
            System.out.println(sparsifier.report());
            System.out.println("test accuracy, masks multiplied in: " + accuracy(model, test));
            model.setBlock(sparsifier.unwrap(model.getBlock()));
            System.out.println("test accuracy, zeros written in:    " + accuracy(model, test));
        }
    }

    private static Block newConvolution(int filters) {
        return Conv2d.builder()
                .setFilters(filters)
                .setKernelShape(new Shape(3, 3))
                .optStride(new Shape(2, 2))
                .optPadding(new Shape(1, 1))
                .build();
    }

    private static ArrayDataset newDataset(NDList data) {
        return new ArrayDataset.Builder()
                .setData(data.get(0))
                .optLabels(data.get(1))
                .setSampling(50, true)
                .build();
    }

    private static float accuracy(Model model, NDList data) throws TranslateException {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
            NDArray classes = predictor.predict(new NDList(data.get(0))).head().argMax(1);
            return (float) classes.eq(data.get(1)).countNonzero().getLong() / classes.size();
        }
    }

    /** Draws images of four kinds, in turns: two bars, a cross and a ring. */
    private static NDList draw(NDManager manager, int count, long seed) {
        Random random = new Random(seed);
        float[] pixels = new float[count * SIZE * SIZE];
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) {
            labels[i] = i % 4;
            int radius = 4 + random.nextInt(4);
            int middleX = 9 + random.nextInt(10);
            int middleY = 9 + random.nextInt(10);
            for (int j = 0; j < SIZE * SIZE; j++) {
                int x = Math.abs(j % SIZE - middleX);
                int y = Math.abs(j / SIZE - middleY);
                boolean inside = Math.max(x, y) <= radius;
                boolean ink =
                        switch (i % 4) {
                            case 0 -> inside && x < 2;
                            case 1 -> inside && y < 2;
                            case 2 -> inside && Math.min(x, y) < 2;
                            default -> Math.abs(Math.hypot(x, y) - radius) < 1;
                        };
                pixels[i * SIZE * SIZE + j] = (ink ? 1 : 0) + 0.3f * (float) random.nextGaussian();
            }
        }
        return newData(manager, pixels, labels);
    }

    /** Reads MNIST's files of images and labels, which begin with 16 and 8 bytes of header. */
    private static NDList read(NDManager manager, String folder, String name) throws IOException {
        byte[] images = Files.readAllBytes(Path.of(folder, name + "-images-idx3-ubyte"));
        byte[] digits = Files.readAllBytes(Path.of(folder, name + "-labels-idx1-ubyte"));
        long[] labels = new long[Math.min(digits.length - 8, 6000)]; // a few seconds an epoch
        float[] pixels = new float[labels.length * SIZE * SIZE];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = digits[8 + i];
        }
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (images[16 + i] & 255) / 255f;
        }
        return newData(manager, pixels, labels);
    }

    private static NDList newData(NDManager manager, float[] pixels, long[] labels) {
        Shape shape = new Shape(labels.length, 1, SIZE, SIZE);
        return new NDList(manager.create(pixels, shape), manager.create(labels));
    }
}
