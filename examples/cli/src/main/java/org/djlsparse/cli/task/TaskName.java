package org.djlsparse.cli.task;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.data.ClassNames;
import org.djlsparse.cli.data.Corpus;
import org.djlsparse.cli.data.TextFile;
import org.djlsparse.cli.options.Names;

import java.nio.file.Path;
import java.util.List;

/** The tasks. */
public enum TaskName {
    /** The next character of the JDK's class names; takes no data. */
    NAMES,
    /** Handwritten digits. */
    MNIST,
    /** The next character of a text. */
    SHAKESPEARE;

    /**
     * Opens the task and reads its data.
     *
     * @param settings the settings, whose name is this one
     * @param seed the seed of the split into training, validation and test data
     * @return the task, which the caller closes
     * @throws InputException if task and model do not fit, or the data is missing or broken
     */
    Task open(TaskSettings settings, long seed) {
        ModelName model = settings.model();
        Path data = settings.data();
        List<ModelName> models = models();
        ModelName chosen = model == null ? models.get(0) : model;
        if (!models.contains(chosen)) {
            throw new InputException(
                    "model", chosen, "task " + this + " must have one of " + models);
        }
        return switch (this) {
            case NAMES -> {
                if (data != null) {
                    throw new InputException("data", data, "task names takes no data");
                }
                yield TextTask.of("class names", settings, Corpus.ofNames(ClassNames.list(), seed));
            }
            case SHAKESPEARE -> {
                if (data == null) {
                    throw new InputException(
                            "data", null, "task shakespeare must have it, a text file in UTF-8");
                }
                yield TextTask.of("data", settings, Corpus.ofText(TextFile.read(data)));
            }
            case MNIST -> MnistTask.open(chosen, settings, seed);
        };
    }

    /** Returns the models for this task, the default first. */
    private List<ModelName> models() {
        return this == MNIST
                ? List.of(ModelName.RESNET, ModelName.LENET, ModelName.MLP)
                : List.of(ModelName.TRANSFORMER);
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
