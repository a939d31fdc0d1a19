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

import java.util.Locale;

/** The prediction of the next character of a text. */
final class TextTask extends DatasetTask {

    private static final int LENGTH = 64;
    private static final int HEADS = 4;
    private static final int HEAD_SIZE = 32;
    private static final int BATCH = 32;
    private static final int VALIDATION_BATCH = 128;

    private final int[] training;
    private final int[] evaluation;
    private final int vocabularySize;
    private final TransformerSize size;

    private TextTask(
            NDManager manager,
            int[] training,
            int[] evaluation,
            int vocabularySize,
            TransformerSize size) {
        super(
                manager,
                dataset(manager, training, BATCH),
                dataset(manager, evaluation, VALIDATION_BATCH));
        this.training = training;
        this.evaluation = evaluation;
        this.vocabularySize = vocabularySize;
        this.size = size;
    }

    /**
     * Creates the task.
     *
     * @param field the name of the text's source, for messages
     * @param settings the settings
     * @param corpus the text
     * @return the task
     * @throws InputException if the text is too short
     */
    static TextTask of(String field, TaskSettings settings, Corpus corpus) {
        boolean test = settings.evaluate() == DataPart.TEST;
        int[] training = test ? corpus.trainingAndValidation() : corpus.training();
        int[] evaluation = test ? corpus.test() : corpus.validation();
        // The part for evaluation must hold a window and its last target.
        int least = LENGTH + 1;
        if (evaluation.length < least) {
            throw new InputException(
                    field,
                    settings.data(),
                    String.format(
                            Locale.ROOT,
                            "has %d characters, must have at least %d",
                            corpus.trainingAndValidation().length + corpus.test().length,
                            // A tenth of the text, or of nine tenths of it.
                            test ? 10 * least : 12 * least));
        }
        return new TextTask(
                NDManager.newBaseManager(),
                training,
                evaluation,
                corpus.vocabularySize(),
                transformerSize(settings.size()));
    }

    private static TransformerSize transformerSize(ModelSize size) {
        int embedding = HEADS * size.scaled(HEAD_SIZE);
        return new TransformerSize(
                LENGTH, embedding, HEADS, 4 * embedding, size.depthOr(2), size.dropoutOr(0));
    }

    private static RandomAccessDataset dataset(NDManager manager, int[] text, int batchSize) {
        Windows windows = Windows.cut(text, LENGTH);
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
        return new CausalTransformer(vocabularySize, size);
    }

    @Override
    public Shape getInputShape() {
        return new Shape(BATCH, LENGTH);
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
        return 1600;
    }

    @Override
    public TrainingSettings getTraining() {
        return TrainingSettings.of(1e-2f);
    }

    @Override
    public String getBaseline() {
        double bits = new BigramModel(training, vocabularySize).bitsPerCharacter(evaluation);
        return String.format(
                Locale.ROOT, "A bigram model needs %.3f %s.", bits, getMetric().getTitle());
    }
}
