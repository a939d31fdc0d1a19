package org.djlsparse.cli.task;

import ai.djl.basicdataset.cv.classification.Mnist;
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
import org.djlsparse.cli.model.Perceptron;
import org.djlsparse.cli.model.ResidualNetwork;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The classification of handwritten digits. */
final class MnistTask extends DatasetTask {

    private static final int SIDE = LabelledImages.SIDE;
    private static final int CLASSES = LabelledImages.CLASSES;
    private static final int BATCH = 64;
    private static final double VALIDATION_SHARE = 0.125;
    private static final int VALIDATION_BATCH = 500;

    private final ModelName model;
    private final ModelSize size;

    private MnistTask(
            NDManager manager,
            ModelName model,
            ModelSize size,
            RandomAccessDataset training,
            RandomAccessDataset validation) {
        super(manager, training, validation);
        this.model = model;
        this.size = size;
    }

    /**
     * Reads the digits.
     *
     * @param model the model to train
     * @param settings the settings, with the folder of MNIST's files; DJL downloads them without it
     * @param seed the seed of the choice of images for validation
     * @return the task
     * @throws InputException if the digits are missing or broken, or the model does not have the
     *     size
     */
    static MnistTask open(ModelName model, TaskSettings settings, long seed) {
        if (model == ModelName.LENET) {
            settings.size().checkDefault(model);
        }
        boolean test = settings.evaluate() == DataPart.TEST;
        Path folder = settings.data();
        if (folder == null && !test) {
            throw new InputException(
                    "evaluate",
                    settings.evaluate(),
                    "must have --data, the folder of MNIST's files");
        }
        NDManager manager = NDManager.newBaseManager();
        try {
            if (folder == null) {
                return new MnistTask(
                        manager,
                        model,
                        settings.size(),
                        download(manager, Dataset.Usage.TRAIN, BATCH),
                        download(manager, Dataset.Usage.TEST, VALIDATION_BATCH));
            }
            LabelledImages training = LabelledImages.read(folder, "train");
            List<LabelledImages> parts =
                    test
                            ? List.of(training, LabelledImages.read(folder, "t10k"))
                            : training.split(VALIDATION_SHARE, seed);
            return new MnistTask(
                    manager,
                    model,
                    settings.size(),
                    dataset(manager, parts.get(0), BATCH),
                    dataset(manager, parts.get(1), VALIDATION_BATCH));
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
        return switch (model) {
            case MLP -> Perceptron.of(SIDE * SIDE, hidden(), CLASSES, size.dropoutOr(0.3f));
            case LENET -> LeNet.builder().build();
            default ->
                    ResidualNetwork.of(
                            size.scaled(16), size.depthOr(1), CLASSES, size.dropoutOr(0));
        };
    }

    /** Returns the widths of the perceptron's hidden layers: 512, then 256 each. */
    private int[] hidden() {
        int[] hidden = new int[size.depthOr(2)];
        Arrays.fill(hidden, size.scaled(256));
        hidden[0] = size.scaled(512);
        return hidden;
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
        return model == ModelName.LENET ? 4000 : 1500;
    }

    @Override
    public TrainingSettings getTraining() {
        return TrainingSettings.of(
                switch (model) {
                    case MLP -> 1e-3f;
                    case LENET -> 1e-2f;
                    default -> 3e-3f;
                });
    }

    @Override
    public @Nullable String getBaseline() {
        return null;
    }
}
