package org.djlsparse.cli.task;

import ai.djl.basicdataset.cv.classification.Mnist;
import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.data.IdxFile;
import org.djlsparse.cli.data.LabelledImages;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The classification of handwritten digits. */
final class MnistTask extends DatasetTask {

    private static final int SIDE = LabelledImages.SIDE;
    private static final int CLASSES = LabelledImages.CLASSES;
    private static final int BATCH = 64;
    private static final int VALIDATION_BATCH = 500;

    private final ModelName model;

    private MnistTask(
            NDManager manager,
            ModelName model,
            RandomAccessDataset training,
            RandomAccessDataset validation) {
        super(manager, training, validation);
        this.model = model;
    }

    /**
     * Reads the digits.
     *
     * @param model the model to train
     * @param folder the folder of MNIST's files; null to have DJL download them
     * @return the task
     * @throws InputException if the digits are missing or broken
     */
    static MnistTask open(ModelName model, @Nullable Path folder) {
        NDManager manager = NDManager.newBaseManager();
        try {
            return folder == null
                    ? new MnistTask(
                            manager,
                            model,
                            download(manager, Dataset.Usage.TRAIN, BATCH),
                            download(manager, Dataset.Usage.TEST, VALIDATION_BATCH))
                    : new MnistTask(
                            manager,
                            model,
                            dataset(manager, LabelledImages.read(folder, "train"), BATCH),
                            dataset(
                                    manager,
                                    LabelledImages.read(folder, "t10k"),
                                    VALIDATION_BATCH));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private static RandomAccessDataset download(
            NDManager manager, Dataset.Usage usage, int batchSize) {
        Mnist mnist =
                Mnist.builder()
                        .optManager(manager)
                        .optUsage(usage)
                        .setSampling(batchSize, false)
                        .build();
        try {
            mnist.prepare();
        } catch (IOException | TranslateException e) {
            throw new InputException(
                    "data",
                    null,
                    "MNIST cannot be downloaded (" + e.getMessage() + "); give its folder",
                    e);
        }
        return mnist;
    }

    private static RandomAccessDataset dataset(
            NDManager manager, LabelledImages images, int batchSize) {
        return new ArrayDataset.Builder()
                // From 0 to 1, as DJL's ToTensor scales images.
                .setData(
                        floats(manager, images.images(), new Shape(images.count(), 1, SIDE, SIDE))
                                .divi(255))
                .optLabels(floats(manager, images.labels(), new Shape(images.count())))
                .setSampling(batchSize, false)
                .build();
    }

    private static NDArray floats(NDManager manager, IdxFile file, Shape shape) {
        try (NDArray bytes =
                manager.create(ByteBuffer.wrap(file.values()), shape, DataType.UINT8)) {
            return bytes.toType(DataType.FLOAT32, false);
        }
    }

    @Override
    public ModelName getModelName() {
        return model;
    }

    @Override
    public Block newBlock() {
        return model == ModelName.MLP
                ? new Mlp(SIDE * SIDE, CLASSES, new int[] {256, 128})
                : LeNet.builder().build();
    }

    @Override
    public Shape getInputShape() {
        return new Shape(BATCH, 1, SIDE, SIDE);
    }

    @Override
    public Metric getMetric() {
        return Metric.ACCURACY;
    }

    @Override
    public int getBatchSize() {
        return BATCH;
    }

    @Override
    public int getDefaultSteps() {
        return 1000;
    }

    @Override
    public float getLearningRate() {
        return model == ModelName.MLP ? 1e-3f : 1e-2f;
    }

    @Override
    public @Nullable String getBaseline() {
        return null;
    }
}
