package org.djlsparse.cli.study;

import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.run.Distill;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.Start;
import org.djlsparse.cli.run.StoredModel;
import org.djlsparse.cli.run.Validations;
import org.djlsparse.cli.task.Task;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.Distillation;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Trains all variants from all seeds, seed by seed, so that an interrupted study has complete
 * comparisons. The variants of a seed and width start from the same weights, get the same batches
 * and are measured on the same data.
 */
public final class Study {

    private final StudyPlan plan;
    private final Path folder;
    private final @Nullable Progress progress;
    private final Consumer<StudyRun> finished;
    private boolean triedOut;
    private int begun;

    /**
     * Creates a study.
     *
     * @param plan the runs
     * @param folder the folder for the models of dense runs from which others learn
     * @param progress shows each step; null to show none
     * @param finished receives each run when it is finished
     */
    public Study(
            StudyPlan plan, Path folder, @Nullable Progress progress, Consumer<StudyRun> finished) {
        this.plan = plan;
        this.folder = folder;
        this.progress = progress;
        this.finished = finished;
    }

    /**
     * Trains the runs that the file does not hold yet.
     *
     * @param file receives each run as soon as it is finished
     * @return all runs of this study's variants, widths and seeds, seed by seed
     * @throws IOException if data cannot be read or the file cannot be written
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public List<StudyRun> run(RunsFile file) throws IOException, TranslateException {
        List<StudyRun> runs = new ArrayList<>();
        begun = plan.count() - plan.countLeft(file);
        for (int seed : plan.seeds()) {
            for (double width : plan.widths()) {
                if (plan.isFinished(seed, width, file)) {
                    for (Variant variant : plan.variants()) {
                        runs.add(file.get(variant, seed, width));
                    }
                } else {
                    runs.addAll(train(seed, width, file));
                }
            }
        }
        return runs;
    }

    /** Trains the missing variants of a seed and a width. */
    private List<StudyRun> train(int seed, double width, RunsFile file)
            throws IOException, TranslateException {
        List<StudyRun> runs = new ArrayList<>();
        try (Task task = plan.source().open(seed, width);
                StoredModel dense = StoredModel.at(denseFile(seed, width))) {
            ModelTrainer trainer =
                    new ModelTrainer(task, seed, plan.steps(), Validations.LAST_TENTH, progress);
            if (!triedOut) {
                trainer.tryOut();
                triedOut = true;
            }
            for (Variant variant : plan.variants()) {
                StudyRun run = file.find(variant, seed, width);
                if (run == null) {
                    begun++;
                    run = train(variant, seed, width, task, trainer, dense);
                    file.add(run);
                    finished.accept(run);
                }
                runs.add(run);
            }
        }
        return runs;
    }

    private StudyRun train(
            Variant variant,
            int seed,
            double width,
            Task task,
            ModelTrainer trainer,
            StoredModel dense)
            throws IOException, TranslateException {
        String name = begun + " of " + plan.count() + ", " + variant + ", seed " + seed;
        NmPattern pattern = variant.pattern();
        if (pattern == null) {
            return StudyRun.ofDense(
                    variant,
                    seed,
                    width,
                    trainer.trainDense(
                            name, Start.RANDOM, plan.needsTeacher() ? dense : ModelSaver.NONE));
        }
        Distill distill = variant.change().apply(plan.distill());
        Distillation distillation = null;
        if (distill != null) {
            if (!Files.exists(denseFile(seed, width))) { // no teacher was needed at the dense run
                trainer.trainDense("teacher, seed " + seed, Start.RANDOM, dense);
            }
            distillation = distill.from(dense.load(task));
        }
        return StudyRun.ofSparse(
                variant,
                seed,
                width,
                trainer.trainSparse(
                        name,
                        Start.RANDOM,
                        variant.change()
                                .apply(plan.training())
                                .newBuilder(
                                        pattern,
                                        variant.mask().newSolver(),
                                        plan.steps(),
                                        null,
                                        seed)
                                .build(),
                        distillation,
                        ModelSaver.NONE));
    }

    private Path denseFile(int seed, double width) {
        return folder.resolve(
                String.format(Locale.ROOT, "dense-seed-%d-width-%s.safetensors", seed, width));
    }
}
