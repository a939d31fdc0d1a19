package org.djlsparse.cli.task;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.RandomAccessDataset;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.data.BigramModel;
import org.djlsparse.cli.data.Corpus;
import org.djlsparse.cli.data.Windows;
import org.djlsparse.cli.model.CausalTransformer;
import org.djlsparse.cli.model.TransformerSize;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Locale;

/** The prediction of the next character of a text. */
final class TextTask extends DatasetTask {

    private static final TransformerSize SIZE = new TransformerSize(64, 128, 4, 512, 2);
    private static final int BATCH = 32;
    private static final int VALIDATION_BATCH = 128;

    private final Corpus corpus;

    private TextTask(NDManager manager, Corpus corpus) {
        super(
                manager,
                dataset(manager, corpus.training(), BATCH),
                dataset(manager, corpus.validation(), VALIDATION_BATCH));
        this.corpus = corpus;
    }

    /**
     * Creates the task.
     *
     * @param field the name of the text's source, for messages
     * @param source the source; null if the name says it all
     * @param corpus the text
     * @return the task
     * @throws InputException if the text is too short
     */
    static TextTask of(String field, @Nullable Path source, Corpus corpus) {
        // The validation part, a tenth of the text, must hold a window and its last target.
        int least = SIZE.length() + 1;
        if (corpus.validation().length < least) {
            throw new InputException(
                    field,
                    source,
                    String.format(
                            Locale.ROOT,
                            "has %d characters, must have at least %d",
                            corpus.training().length + corpus.validation().length,
                            10 * least));
        }
        return new TextTask(NDManager.newBaseManager(), corpus);
    }

    private static RandomAccessDataset dataset(NDManager manager, int[] text, int batchSize) {
        Windows windows = Windows.cut(text, SIZE.length());
        Shape shape = new Shape(windows.count(), windows.length());
        // DJL's loss selects the target's logit along the last axis, which the labels must have.
        Shape targetShape = shape.add(1);
        return new ArrayDataset.Builder()
                .setData(manager.create(windows.inputs(), shape))
                .optLabels(manager.create(windows.targets(), targetShape))
                .setSampling(batchSize, false)
                .build();
    }

    @Override
    public ModelName getModelName() {
        return ModelName.TRANSFORMER;
    }

    @Override
    public Block newBlock() {
        return new CausalTransformer(corpus.vocabularySize(), SIZE);
    }

    @Override
    public Shape getInputShape() {
        return new Shape(BATCH, SIZE.length());
    }

    @Override
    public Metric getMetric() {
        return Metric.BITS_PER_CHARACTER;
    }

    @Override
    public int getBatchSize() {
        return BATCH;
    }

    @Override
    public int getDefaultSteps() {
        return 500;
    }

    @Override
    public float getLearningRate() {
        return 3e-3f;
    }

    @Override
    public String getBaseline() {
        double bits =
                new BigramModel(corpus.training(), corpus.vocabularySize())
                        .bitsPerCharacter(corpus.validation());
        return String.format(
                Locale.ROOT, "A bigram model needs %.3f %s.", bits, getMetric().getTitle());
    }
}
