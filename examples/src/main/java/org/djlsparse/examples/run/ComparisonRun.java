package org.djlsparse.examples.run;

import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.examples.choice.MaskKind;
import org.djlsparse.examples.task.Task;

import java.io.IOException;

/** Trains a task's model twice from one seed: as it is, and wrapped by a {@link Sparsifier}. */
public final class ComparisonRun {

    private static final int VALIDATIONS = 6;

    private ComparisonRun() {}

    /**
     * Trains dense, then sparse.
     *
     * @param task what to train
     * @param settings how to train it
     * @param progress told of each step
     * @param saver given both models, the sparse one with its zeros written in
     * @return both results
     * @throws org.djlsparse.examples.InputException if no layer of the model can carry the pattern
     * @throws IOException if data cannot be read or a model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public static Comparison run(
            Task task, RunSettings settings, Progress progress, ModelSaver saver)
            throws IOException, TranslateException {
        // Before time is spent.
        if (settings.mask() != MaskKind.NONE) {
            ModelTrainer.checkFit(task, settings.pattern(), "--pattern " + settings.pattern());
        }
        ModelTrainer trainer =
                new ModelTrainer(task, settings.seed(), settings.steps(), VALIDATIONS, progress);
        trainer.tryOut();
        return new Comparison(
                settings,
                trainer.trainDense("dense", saver),
                trainer.trainSparse("sparse", settings.newSparsifier(), saver));
    }
}
