package org.djlsparse.it;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.BertPretrainingBlock;
import ai.djl.nn.transformer.BertPretrainingLoss;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * A program that trains one of DJL's models with 2:4 masks and a refresh every three steps. It
 * prints a line for each step: the step, the largest magnitude of its gradients, and the checksum
 * of all gradients. It is a separate program because the garbage collector is an option of the JVM.
 */
final class GradientChecksums {

    private static final int STEPS = 60;
    private static final int BATCH = 2;
    private static final int TOKENS = 1500;
    private static final int LENGTH = 128; // of a sentence
    private static final int MASKED = 10; // tokens to guess
    private static final int SIDE = 32; // of an image
    private static final int CLASSES = 10;

    private final Random random = new Random(5);

    private GradientChecksums() {}

    /**
     * Runs the program.
     *
     * @param args {@code bert} for BERT micro, {@code resnet} for ResNet-50
     */
    public static void main(String[] args) throws Exception {
        new GradientChecksums().train(args[0].equals("bert"));
    }

    private void train(boolean bert) throws Exception {
        Engine.getInstance().setRandomSeed(7);
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(3))
                        .build();
        Loss loss = bert ? new BertPretrainingLoss() : Loss.softmaxCrossEntropyLoss();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .optDevices(new Device[] {Device.cpu()})
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(1e-4f))
                                        .build())
                        .addTrainingListeners(sparsifier.newListener(), new Printer());
        try (Model model = Model.newInstance("checksums")) {
            model.setBlock(sparsifier.wrap(bert ? bert() : resnet()));
            try (Trainer trainer = model.newTrainer(config);
                    NDManager manager = NDManager.newBaseManager()) {
                ArrayDataset data = bert ? sentences(manager) : images(manager);
                for (Batch batch : trainer.iterateDataset(data)) {
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    batch.close();
                }
            }
        }
    }

    private static Block bert() {
        return new BertPretrainingBlock(BertBlock.builder().micro().setTokenDictionarySize(TOKENS));
    }

    private static Block resnet() {
        return ResNetV1.builder()
                .setImageShape(new Shape(3, SIDE, SIDE))
                .setNumLayers(50)
                .setOutSize(CLASSES)
                .build();
    }

    private ArrayDataset sentences(NDManager manager) {
        return dataset(
                new NDArray[] {
                    whole(manager, TOKENS, LENGTH).toType(DataType.INT64, true),
                    whole(manager, 1, LENGTH).toType(DataType.INT64, true),
                    whole(manager, 1, LENGTH).add(1),
                    whole(manager, LENGTH - 1, MASKED)
                },
                new NDArray[] {
                    whole(manager, 2),
                    whole(manager, TOKENS, MASKED),
                    whole(manager, 1, MASKED).add(1)
                });
    }

    private ArrayDataset images(NDManager manager) {
        int size = STEPS * BATCH * 3 * SIDE * SIDE;
        float[] pixels = new float[size];
        for (int i = 0; i < size; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return dataset(
                new NDArray[] {manager.create(pixels, new Shape(STEPS * BATCH, 3, SIDE, SIDE))},
                new NDArray[] {whole(manager, CLASSES)});
    }

    /**
     * Returns whole numbers below a bound; for each example one, or as many as the dimension says.
     */
    private NDArray whole(NDManager manager, int bound, long... dimensions) {
        Shape shape = new Shape(STEPS * BATCH).addAll(new Shape(dimensions));
        int[] values =
                IntStream.range(0, (int) shape.size()).map(i -> random.nextInt(bound)).toArray();
        return manager.create(values, shape);
    }

    private static ArrayDataset dataset(NDArray[] data, NDArray[] labels) {
        return new ArrayDataset.Builder()
                .setData(data)
                .optLabels(labels)
                .setSampling(BATCH, false)
                .build();
    }

    /** A listener that prints the checksum of a step's gradients. */
    private static final class Printer extends TrainingListenerAdapter {

        private int step;

        @Override
        public void onTrainingBatch(Trainer trainer, BatchData batchData) {
            CRC32C checksum = new CRC32C();
            float largest = 0;
            for (Parameter parameter : trainer.getModel().getBlock().getParameters().values()) {
                NDArray weight = parameter.getArray();
                if (!weight.hasGradient()) {
                    continue;
                }
                try (NDArray gradient = weight.getGradient();
                        NDArray magnitudes = gradient.abs();
                        NDArray most = magnitudes.max()) {
                    checksum.update(gradient.toByteBuffer(true));
                    float value = most.getFloat();
                    largest = Float.isNaN(value) ? value : Math.max(largest, value);
                }
            }
            System.out.println(step + " " + largest + " " + Long.toHexString(checksum.getValue()));
            step++;
        }
    }
}
