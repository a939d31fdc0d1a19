package org.djlsparse.cli.study;

import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskSource;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Trains all variants from all seeds, seed by seed, so that an interrupted study has complete
 * comparisons. The variants of a seed start from the same weights, get the same batches and are
 * validated on the same data.
 */
public final class Study {

    private final StudySettings settings;
    private final List<Variant> variants;
    private final int seeds;
    private final TaskSource source;
    private final @Nullable Progress progress;
    private final Consumer<StudyRun> finished;
    private boolean triedOut;
    private int begun;

    /**
     * Creates a study.
     *
     * @param settings the settings
     * @param variants the variants
     * @param seeds the number of seeds, counted from 1
     * @param source opens the task of the settings
     * @param progress shows each step; null to show none
     * @param finished receives each run when it is finished
     */
    public Study(
            StudySettings settings,
            List<Variant> variants,
            int seeds,
            TaskSource source,
            @Nullable Progress progress,
            Consumer<StudyRun> finished) {
        this.settings = settings;
        this.variants = List.copyOf(variants);
        this.seeds = seeds;
        this.source = source;
        this.progress = progress;
        this.finished = finished;
    }

    /**
     * Trains the runs that the file does not hold yet.
     *
     * @param file receives each run as soon as it is finished
     * @return all runs of this study's variants and seeds, seed by seed
     * @throws IOException if data cannot be read or the file cannot be written
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public List<StudyRun> run(RunsFile file) throws IOException, TranslateException {
        List<StudyRun> runs = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            List<StudyRun> found = new ArrayList<>();
            for (Variant variant : variants) {
                StudyRun run = file.find(variant, seed);
                if (run != null) {
                    found.add(run);
                }
            }
            begun += found.size();
            runs.addAll(found.size() == variants.size() ? found : train(seed, file));
        }
        return runs;
    }

    /** Trains the missing variants of a seed. */
    private List<StudyRun> train(int seed, RunsFile file) throws IOException, TranslateException {
        List<StudyRun> runs = new ArrayList<>();
        try (Task task = source.open(seed)) {
            ModelTrainer trainer = new ModelTrainer(task, seed, settings.steps(), 1, progress);
            if (!triedOut) {
                trainer.tryOut();
                triedOut = true;
            }
            for (Variant variant : variants) {
                StudyRun run = file.find(variant, seed);
                if (run == null) {
                    run = train(variant, seed, trainer);
                    file.add(run);
                    finished.accept(run);
                }
                runs.add(run);
            }
        }
        return runs;
    }

    private StudyRun train(Variant variant, int seed, ModelTrainer trainer)
            throws IOException, TranslateException {
        begun++;
        String name = begun + " of " + variants.size() * seeds + ", " + variant + ", seed " + seed;
        Sparsifier sparsifier = variant.newSparsifier(settings);
        return sparsifier == null
                ? StudyRun.ofDense(variant, seed, trainer.trainDense(name, ModelSaver.NONE))
                : StudyRun.ofSparse(
                        variant, seed, trainer.trainSparse(name, sparsifier, ModelSaver.NONE));
    }
}
