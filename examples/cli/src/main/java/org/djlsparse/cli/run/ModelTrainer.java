package org.djlsparse.cli.run;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.initializer.Initializer;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.InputException;
import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.Task;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.TorchMemory;
import org.djlsparse.training.Distillation;
import org.djlsparse.training.MaskMetrics;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.SparseRecipe;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Trains a task's model, plain or wrapped by a {@link Sparsifier}. Every run starts from the same
 * weights and gets the same batches.
 */
public final class ModelTrainer {

    private static final int TRIAL_STEPS = 3;

    private final Task task;
    private final int seed;
    private final int steps;
    private final Validations validations;
    private final @Nullable Progress progress;

    /**
     * Creates a trainer.
     *
     * @param task the task
     * @param seed the seed of the initial weights and of the order of the batches
     * @param steps the number of training steps
     * @param validations the steps after which runs are validated
     * @param progress shows each step; null to show none
     */
    public ModelTrainer(
            Task task, int seed, int steps, Validations validations, @Nullable Progress progress) {
        this.task = task;
        this.seed = seed;
        this.steps = steps;
        this.validations = validations;
        this.progress = progress;
    }

    /**
     * Checks, without training, that masks fit a task's model.
     *
     * @param task the task
     * @param pattern the pattern of the masks
     * @throws InputException if no layer can carry the pattern
     */
    public static void checkFit(Task task, NmPattern pattern) {
        checkFit(task, pattern, SparseTraining.of(SparseRecipe.fineTune()));
    }

    /**
     * Checks, without training, that masks fit the layers of a task's model.
     *
     * @param task the task
     * @param pattern the pattern of the masks
     * @param training the layers
     * @throws InputException if no layer can carry the pattern
     */
    public static void checkFit(Task task, NmPattern pattern, SparseTraining training) {
        if (training.layers() != LayerKind.ALL && task.getModelName() != ModelName.TRANSFORMER) {
            throw new InputException(
                    "layers",
                    training.layers(),
                    "model " + task.getModelName() + " has no such layers");
        }
        Sparsifier sparsifier =
                training.newBuilder(pattern, MaskSolver.auto(), 1)
                        .optSchedule(MaskSchedule.off())
                        .build();
        try (Model model = Model.newInstance("trial")) {
            Block block = sparsifier.wrap(task.newBlock());
            block.setInitializer(Initializer.ONES, parameter -> true);
            block.initialize(model.getNDManager(), DataType.FLOAT32, task.getInputShape());
            if (sparsifier.report().layers().stream().noneMatch(LayerSparsity::isChosen)) {
                throw new InputException(
                        "pattern",
                        pattern,
                        "model "
                                + task.getModelName()
                                + " must have a layer with at least M = "
                                + pattern.m()
                                + " inputs and outputs, has none");
            }
        }
    }

    /**
     * Trains a few steps and discards them, so that the first run's time includes no loading and
     * compiling.
     *
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    public void tryOut() throws IOException, TranslateException {
        try (Model model = newModel("trial")) {
            model.setBlock(task.newBlock());
            trial().train(model, null, new Metrics());
        }
    }

    /**
     * Trains a few steps with masks and kernels and discards them, so that the Sparsifier's chooser
     * has benchmarked the kernels.
     *
     * @param sparsifier the wrapper of the model, not used before
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    public void tryOut(Sparsifier sparsifier) throws IOException, TranslateException {
        try (Model model = newModel("trial")) {
            model.setBlock(sparsifier.wrap(task.newBlock()));
            trial().train(model, null, new Metrics(), sparsifier.newListener());
        }
    }

    /**
     * Trains the plain model.
     *
     * @param name the run's name
     * @param start the model before the training
     * @param saver receives the model
     * @return the outcome
     * @throws IOException if data cannot be read or the model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public RunResult trainDense(String name, Start start, ModelSaver saver)
            throws IOException, TranslateException {
        try (Model model = newModel(name)) {
            model.setBlock(start.newBlock(task, model.getNDManager()));
            RunResult result = loop(null).train(model, progress, new Metrics());
            saver.save(name, model.getBlock());
            return result;
        }
    }

    /**
     * Trains the wrapped model.
     *
     * @param name the run's name
     * @param start the model before the training
     * @param sparsifier the wrapper of the model, not used before
     * @param distillation the distillation from a trained model; null without
     * @param saver receives the model, with its zeros written into the weights
     * @return the outcome
     * @throws IOException if data cannot be read or the model cannot be saved
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public SparseRun trainSparse(
            String name,
            Start start,
            Sparsifier sparsifier,
            @Nullable Distillation distillation,
            ModelSaver saver)
            throws IOException, TranslateException {
        try (Model model = newModel(name)) {
            Block block = start.newBlock(task, model.getNDManager());
            LastRefresh.Recorder recorder = new LastRefresh.Recorder(sparsifier, block);
            Metrics metrics = new Metrics();
            model.setBlock(sparsifier.wrap(block)); // the first line that the library needs
            RunResult result =
                    loop(distillation)
                            .train(
                                    model,
                                    progress,
                                    metrics,
                                    sparsifier.newListener(), // and the second
                                    recorder);
            SparseRun run =
                    new SparseRun(
                            result,
                            metrics.getMetric(MaskMetrics.REFRESH).stream()
                                    .map(metric -> metric.getValue() * 1e-9)
                                    .toList(),
                            sparsifier.getHistory(),
                            recorder.getLast(),
                            sparsifier.report(),
                            MaskedWeight.largest(sparsifier.getMasks(), block));
            saver.save(name, sparsifier.unwrap(model.getBlock()));
            return run;
        }
    }

    private TrainingLoop loop(@Nullable Distillation distillation) {
        return new TrainingLoop(task, seed, steps, validations, distillation);
    }

    private TrainingLoop trial() {
        return new TrainingLoop(task, seed, TRIAL_STEPS, Validations.LAST, null);
    }

    private Model newModel(String name) {
        Engine.getInstance().setRandomSeed(seed);
        TorchMemory.keepFreed();
        return Model.newInstance(name);
    }
}
