package org.djlsparse.cli.run;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.initializer.Initializer;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.InputException;
import org.djlsparse.cli.task.Task;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.TorchMemory;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;

/**
 * Trains a task's model, as it is or wrapped by a {@link Sparsifier}. Every run begins with the
 * same weights and gets the same batches.
 */
public final class ModelTrainer {

    private static final int TRIAL_STEPS = 3;

    private final Task task;
    private final int seed;
    private final int steps;
    private final int validations;
    private final Progress progress;

    /**
     * Creates a trainer.
     *
     * @param task what to train
     * @param seed decides the first weights and the order of the batches
     * @param steps the number of training steps
     * @param validations how often to validate along the way, the last time included
     * @param progress told of each step
     */
    public ModelTrainer(Task task, int seed, int steps, int validations, Progress progress) {
        this.task = task;
        this.seed = seed;
        this.steps = steps;
        this.validations = validations;
        this.progress = progress;
    }

    /**
     * Makes sure, without training, that masks fit a task's model.
     *
     * @param task the task
     * @param pattern the pattern of the masks
     * @param option what the user gave, for the message
     * @throws InputException if no layer can carry the pattern
     */
    public static void checkFit(Task task, NmPattern pattern, String option) {
        Sparsifier sparsifier =
                Sparsifier.builder().setPattern(pattern).optSchedule(MaskSchedule.off()).build();
        try (Model model = Model.newInstance("trial")) {
            Block block = sparsifier.wrap(task.newBlock());
            block.setInitializer(Initializer.ONES, parameter -> true);
            block.initialize(model.getNDManager(), DataType.FLOAT32, task.getInputShape());
            if (sparsifier.report().layers().stream().noneMatch(LayerSparsity::isChosen)) {
                throw new InputException(
                        option
                                + ": model "
                                + task.getModelName()
                                + " must have a layer with at least M = "
                                + pattern.m()
                                + " inputs and outputs, has none");
            }
        }
    }

    /**
     * Trains a few steps and forgets them. What is loaded and compiled at the first step is then
     * not counted against the first run.
     *
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    public void tryOut() throws IOException, TranslateException {
        try (Model model = newModel("trial")) {
            model.setBlock(task.newBlock());
            new TrainingLoop(task, seed, TRIAL_STEPS, 1).train(model, Progress.SILENT);
        }
    }

    /**
     * Trains a few steps with masks and kernels, and forgets them. Kernels that are chosen by
     * trying are then known.
     *
     * @param sparsifier wraps the model; has wrapped nothing yet
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    public void tryOut(Sparsifier sparsifier) throws IOException, TranslateException {
        try (Model model = newModel("trial")) {
            model.setBlock(sparsifier.wrap(task.newBlock()));
            new TrainingLoop(task, seed, TRIAL_STEPS, 1)
                    .train(model, Progress.SILENT, sparsifier.newListener());
        }
    }

    /**
     * Trains the plain model.
     *
     * @param name the run's name
     * @param saver given the model
     * @return what it came to
     * @throws IOException if data cannot be read or the model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public RunResult trainDense(String name, ModelSaver saver)
            throws IOException, TranslateException {
        try (Model model = newModel(name)) {
            model.setBlock(task.newBlock());
            RunResult result = loop().train(model, progress);
            saver.save(name, model.getBlock());
            return result;
        }
    }

    /**
     * Trains the wrapped model.
     *
     * @param name the run's name
     * @param sparsifier wraps the model; has wrapped nothing yet
     * @param saver given the model, with its zeros written in
     * @return what it came to
     * @throws IOException if data cannot be read or the model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public SparseRun trainSparse(String name, Sparsifier sparsifier, ModelSaver saver)
            throws IOException, TranslateException {
        try (Model model = newModel(name)) {
            Block block = task.newBlock();
            MaskRecorder recorder = new MaskRecorder(sparsifier, block);
            model.setBlock(sparsifier.wrap(block)); // the first line that the library needs
            RunResult result =
                    loop().train(
                                    model,
                                    progress,
                                    sparsifier.newListener(), // and the second
                                    recorder);
            SparseRun run =
                    new SparseRun(
                            result,
                            recorder.getTelemetry(),
                            sparsifier.report(),
                            MaskedWeight.largest(sparsifier.getMasks(), block));
            saver.save(name, sparsifier.unwrap(model.getBlock()));
            return run;
        }
    }

    private TrainingLoop loop() {
        return new TrainingLoop(task, seed, steps, validations);
    }

    private Model newModel(String name) {
        Engine.getInstance().setRandomSeed(seed);
        TorchMemory.keepFreed();
        return Model.newInstance(name);
    }
}
