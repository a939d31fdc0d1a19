package org.djlsparse.cli.study;

import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.Progress;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Trains all variants from all seeds, seed by seed, so that an interrupted study has whole
 * comparisons. The variants of a seed begin with the same weights, get the same batches and are
 * judged on the same data.
 */
public final class Study {

    private final StudySettings settings;
    private final List<Variant> variants;
    private final int seeds;
    private final TaskSource source;
    private final Progress progress;
    private final Consumer<StudyRun> finished;
    private boolean triedOut;
    private int begun;

    /**
     * Creates a study.
     *
     * @param settings how to train
     * @param variants what to train
     * @param seeds the number of seeds: from 1 on
     * @param source opens the task that the settings speak of
     * @param progress told of each step
     * @param finished told of each run when it is done
     */
    public Study(
            StudySettings settings,
            List<Variant> variants,
            int seeds,
            TaskSource source,
            Progress progress,
            Consumer<StudyRun> finished) {
        this.settings = settings;
        this.variants = List.copyOf(variants);
        this.seeds = seeds;
        this.source = source;
        this.progress = progress;
        this.finished = finished;
    }

    /**
     * Trains what the file does not hold yet.
     *
     * @param file gets each run as soon as it is done
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

    /** Trains the rest of a seed's variants. */
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
