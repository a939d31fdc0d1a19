package org.djlsparse.cli.task;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.data.ClassNames;
import org.djlsparse.cli.data.Corpus;
import org.djlsparse.cli.data.TextFile;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The tasks that can be trained on. */
public enum TaskName {
    /** The next character of the JDK's class names; needs no data. */
    NAMES,
    /** Digits. */
    MNIST,
    /** The next character of a text. */
    SHAKESPEARE;

    /**
     * Reads the data.
     *
     * @param model the model to train; null for the task's usual one
     * @param data where the data is, null if the user did not say
     * @param seed decides what is for validation
     * @return the task, to be closed after use
     * @throws InputException if task and model do not fit, or the data is missing or broken
     */
    public Task open(@Nullable ModelName model, @Nullable Path data, long seed) {
        List<ModelName> models = models();
        ModelName chosen = model == null ? models.get(0) : model;
        if (!models.contains(chosen)) {
            throw new InputException(
                    "--model " + chosen + ": task " + this + " must have one of " + models);
        }
        return switch (this) {
            case NAMES -> {
                if (data != null) {
                    throw new InputException("--data " + data + ": task names takes no data");
                }
                yield TextTask.of("class names", Corpus.ofNames(ClassNames.list(), seed));
            }
            case SHAKESPEARE -> {
                if (data == null) {
                    throw new InputException(
                            "--data: task shakespeare must have it, a text file in UTF-8");
                }
                yield TextTask.of("--data " + data, Corpus.ofText(TextFile.read(data)));
            }
            case MNIST -> MnistTask.open(chosen, data);
        };
    }

    /** The models that fit, the usual one first. */
    private List<ModelName> models() {
        return this == MNIST
                ? List.of(ModelName.LENET, ModelName.MLP)
                : List.of(ModelName.TRANSFORMER);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
