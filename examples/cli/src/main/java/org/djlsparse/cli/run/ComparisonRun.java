package org.djlsparse.cli.run;

import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.task.Task;
import org.djlsparse.kernel.KernelChooser;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Trains a task's model twice from one seed: plain, and wrapped by a {@link Sparsifier}. */
public final class ComparisonRun {

    private static final Validations VALIDATIONS = new Validations(6, false);

    private ComparisonRun() {}

    /**
     * Trains dense, then sparse. Kernels are benchmarked before, so that their trials, which happen
     * only once, do not count as time of the steps.
     *
     * @param task the task
     * @param settings the settings
     * @param progress shows each step; null to show none
     * @param saver receives both models, the sparse one with its zeros written into the weights
     * @return both results
     * @throws org.djlsparse.cli.InputException if no layer of the model can carry the pattern
     * @throws IOException if data cannot be read or a model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public static Comparison run(
            Task task, RunSettings settings, @Nullable Progress progress, ModelSaver saver)
            throws IOException, TranslateException {
        if (settings.mask() != MaskKind.NONE) {
            ModelTrainer.checkFit(task, settings.pattern(), settings.training());
        }
        ModelTrainer trainer =
                new ModelTrainer(task, settings.seed(), settings.steps(), VALIDATIONS, progress);
        trainer.tryOut();
        KernelChooser chooser =
                settings.mask() == MaskKind.NONE ? null : settings.kernel().newChooser();
        double kernelSeconds = 0;
        if (chooser != null) {
            long start = System.nanoTime();
            trainer.tryOut(settings.newTrial(chooser));
            kernelSeconds = (System.nanoTime() - start) * 1e-9;
        }
        Sparsifier sparsifier = settings.newSparsifier(chooser);
        Distill distill = settings.distill();
        if (distill == null) {
            return new Comparison(
                    settings,
                    kernelSeconds,
                    trainer.trainDense("dense", settings.start(), saver),
                    trainer.trainSparse("sparse", settings.start(), sparsifier, null, saver));
        }
        try (StoredModel teacher = StoredModel.create()) {
            RunResult dense =
                    trainer.trainDense(
                            "dense",
                            settings.start(),
                            (name, block) -> {
                                teacher.save(name, block);
                                saver.save(name, block);
                            });
            SparseRun sparse =
                    trainer.trainSparse(
                            "sparse",
                            settings.start(),
                            sparsifier,
                            distill.from(teacher.load(task)),
                            saver);
            return new Comparison(settings, kernelSeconds, dense, sparse);
        }
    }
}
