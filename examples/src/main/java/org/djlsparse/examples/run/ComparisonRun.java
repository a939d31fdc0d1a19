package org.djlsparse.examples.run;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.nn.Block;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.examples.InputException;
import org.djlsparse.examples.task.Task;
import org.djlsparse.nn.LayerSparsity;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;

/** Trains a task's model twice from one seed: as it is, and wrapped by a {@link Sparsifier}. */
public final class ComparisonRun {

    private static final int TRIAL_STEPS = 3;
    private static final int VALIDATIONS = 6;

    private final Task task;
    private final RunSettings settings;
    private final ModelSaver saver;

    private ComparisonRun(Task task, RunSettings settings, ModelSaver saver) {
        this.task = task;
        this.settings = settings;
        this.saver = saver;
    }

    /**
     * Trains dense, then sparse.
     *
     * @param task what to train
     * @param settings how to train it
     * @param progress told of each step
     * @param saver given both models, the sparse one with its zeros written in
     * @return both results
     * @throws InputException if no layer of the model can carry the pattern
     * @throws IOException if data cannot be read or a model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public static Comparison run(
            Task task, RunSettings settings, Progress progress, ModelSaver saver)
            throws IOException, TranslateException {
        ComparisonRun run = new ComparisonRun(task, settings, saver);
        run.tryOut();
        RunResult dense = run.trainDense(progress);
        return run.trainSparse(progress, dense);
    }

    /**
     * Finds out whether the pattern fits before time is spent. What is loaded and compiled at the
     * first step is then not counted against the first run either.
     */
    private void tryOut() throws IOException, TranslateException {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(settings.pattern())
                        .optSchedule(MaskSchedule.off())
                        .build();
        try (Model model = newModel("trial")) {
            model.setBlock(sparsifier.wrap(task.newBlock()));
            new TrainingLoop(task, settings.seed(), TRIAL_STEPS, 1).train(model, Progress.SILENT);
            if (settings.mask() != MaskKind.NONE
                    && sparsifier.report().layers().stream().noneMatch(LayerSparsity::isMasked)) {
                throw new InputException(
                        "--pattern "
                                + settings.pattern()
                                + ": model "
                                + task.getModelName()
                                + " must have a layer with at least M = "
                                + settings.pattern().m()
                                + " inputs and outputs, has none");
            }
        }
    }

    private RunResult trainDense(Progress progress) throws IOException, TranslateException {
        try (Model model = newModel("dense")) {
            model.setBlock(task.newBlock());
            RunResult result = loop().train(model, progress);
            saver.save(model.getName(), model.getBlock());
            return result;
        }
    }

    private Comparison trainSparse(Progress progress, RunResult dense)
            throws IOException, TranslateException {
        Sparsifier sparsifier = settings.newSparsifier();
        try (Model model = newModel("sparse")) {
            Block block = task.newBlock();
            model.setBlock(sparsifier.wrap(block)); // the first line that the library needs
            RunResult sparse =
                    loop().train(model, progress, sparsifier.newListener()); // and the second
            Comparison comparison =
                    new Comparison(
                            settings,
                            dense,
                            sparse,
                            sparsifier.report(),
                            MaskedWeight.largest(sparsifier.getMasks(), block));
            saver.save(model.getName(), sparsifier.unwrap(model.getBlock()));
            return comparison;
        }
    }

    private TrainingLoop loop() {
        return new TrainingLoop(task, settings.seed(), settings.steps(), VALIDATIONS);
    }

    /** Each model starts from the seed, so that both runs begin with the same weights. */
    private Model newModel(String name) {
        Engine.getInstance().setRandomSeed(settings.seed());
        return Model.newInstance(name);
    }
}
