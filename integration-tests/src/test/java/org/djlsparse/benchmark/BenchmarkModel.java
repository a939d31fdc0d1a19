package org.djlsparse.benchmark;

import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.RandomAccessDataset;

import org.djlsparse.cli.model.CausalTransformer;
import org.djlsparse.cli.model.TransformerSize;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.cli.task.TaskSettings;

/** A model with matching data. */
@SuppressWarnings("ImmutableEnumChecker") // the data, which is read once
public enum BenchmarkModel {
    /** The transformer of the task {@code names}: 2 layers, width 128, 64 characters, batch 32. */
    TRANSFORMER {
        private final Task task = TaskSettings.of(TaskName.NAMES, null, null).open(1);

        @Override
        Block newBlock() {
            return task.newBlock();
        }

        @Override
        RandomAccessDataset newDataset(NDManager manager) {
            return task.getTrainingSet();
        }

        @Override
        Shape getInputShape() {
            return task.getInputShape();
        }
    },

    /** A wider transformer: 4 layers, width 512, 256 characters, batch 8, on random text. */
    WIDE_TRANSFORMER {
        @Override
        Block newBlock() {
            return new CausalTransformer(SYMBOLS, new TransformerSize(LENGTH, 512, 8, 2048, 4));
        }

        @Override
        RandomAccessDataset newDataset(NDManager manager) {
            return randomText(manager, LENGTH, 8);
        }

        @Override
        Shape getInputShape() {
            return new Shape(8, LENGTH);
        }
    },

    /** Two layers of BERT base's size: width 768, 128 characters, batch 16, on random text. */
    BERT_LAYERS {
        @Override
        Block newBlock() {
            return new CausalTransformer(SYMBOLS, new TransformerSize(128, 768, 12, 3072, 2));
        }

        @Override
        RandomAccessDataset newDataset(NDManager manager) {
            return randomText(manager, 128, 16);
        }

        @Override
        Shape getInputShape() {
            return new Shape(16, 128);
        }
    },

    /** DJL's ResNet of 18 layers on images of 32 x 32, batch 32. */
    RESNET {
        @Override
        Block newBlock() {
            return ResNetV1.builder()
                    .setImageShape(new Shape(3, SIDE, SIDE))
                    .setNumLayers(18)
                    .setOutSize(CLASSES)
                    .build();
        }

        @Override
        RandomAccessDataset newDataset(NDManager manager) {
            return new ArrayDataset.Builder()
                    .setData(manager.randomNormal(new Shape(4 * BATCH, 3, SIDE, SIDE)))
                    .optLabels(manager.arange(4f * BATCH).mod(CLASSES))
                    .setSampling(BATCH, false)
                    .build();
        }

        @Override
        Shape getInputShape() {
            return new Shape(BATCH, 3, SIDE, SIDE);
        }
    };

    private static final int SIDE = 32;
    private static final int BATCH = 32;
    private static final int CLASSES = 10;
    private static final int SYMBOLS = 64;
    private static final int LENGTH = 256;

    abstract Block newBlock();

    abstract RandomAccessDataset newDataset(NDManager manager);

    abstract Shape getInputShape();

    private static RandomAccessDataset randomText(NDManager manager, int length, int batch) {
        Shape text = new Shape(4L * batch, length);
        return new ArrayDataset.Builder()
                .setData(manager.randomInteger(0, SYMBOLS, text, DataType.INT64))
                .optLabels(manager.randomInteger(0, SYMBOLS, text.add(1), DataType.INT64))
                .setSampling(batch, false)
                .build();
    }
}
