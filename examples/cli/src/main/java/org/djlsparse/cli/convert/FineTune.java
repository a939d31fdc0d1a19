package org.djlsparse.cli.convert;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.run.Distill;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.run.SparseRun;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.run.Start;
import org.djlsparse.cli.run.StoredModel;
import org.djlsparse.cli.run.Validations;
import org.djlsparse.cli.task.Task;
import org.djlsparse.training.Distillation;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Converts a trained dense model and trains the converted one further, beside two controls: the
 * dense model, and the dense model trained further by as many steps.
 *
 * @param task the task
 * @param seed the seed of weights, batches and samples
 * @param denseSteps the number of steps of the dense training
 * @param steps the number of further steps
 * @param start the dense model, trained or not
 * @param trained whether it is trained; if not, it is trained first
 * @param conversion the settings of the conversion
 * @param training recipe and layers of the further training
 * @param distill distillation from the dense model; null without
 * @param progress shows each step; null to show none
 */
public record FineTune(
        Task task,
        int seed,
        int denseSteps,
        int steps,
        Start start,
        boolean trained,
        ConversionSettings conversion,
        SparseTraining training,
        @Nullable Distill distill,
        @Nullable Progress progress) {

    /**
     * Runs all of it.
     *
     * @param saver receives the dense and the fine-tuned model
     * @return the scores
     * @throws IOException if a model cannot be read or written
     * @throws TranslateException if data cannot be processed
     * @throws ai.djl.TrainingDivergedException if a loss is not finite
     */
    public FineTuneRun run(ModelSaver saver) throws IOException, TranslateException {
        try (StoredModel dense = StoredModel.create();
                StoredModel converted = StoredModel.create()) {
            Score source = storeDense(dense, saver);
            ModelTrainer trainer = trainer(steps);
            Score continued =
                    trainer.trainDense("dense, continued", dense, ModelSaver.NONE).finalScore();
            Score oneShot = convert(dense, converted);
            Distillation distillation = distill == null ? null : distill.from(dense.load(task));
            SparseRun tuned =
                    trainer.trainSparse(
                            "fine-tuned",
                            converted,
                            training.newBuilder(
                                            conversion.pattern(),
                                            conversion.mask().newSolver(),
                                            steps,
                                            null,
                                            seed)
                                    .build(),
                            distillation,
                            saver);
            return new FineTuneRun(
                    seed,
                    source,
                    continued,
                    oneShot,
                    tuned.result().finalScore(),
                    tuned.report().getDensity(),
                    conversion.mask().isValid(tuned.report()));
        }
    }

    private Score storeDense(StoredModel dense, ModelSaver saver)
            throws IOException, TranslateException {
        if (!trained) {
            return trainer(denseSteps)
                    .trainDense(
                            "dense",
                            start,
                            (name, block) -> {
                                dense.save(name, block);
                                saver.save(name, block);
                            })
                    .finalScore();
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = start.newBlock(task, manager);
            dense.save("dense", block);
            return new Conversion(task, seed).measure(block);
        }
    }

    private Score convert(StoredModel dense, StoredModel converted)
            throws IOException, TranslateException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = dense.newBlock(task, manager);
            Score after = new Conversion(task, seed).run(block, conversion, progress).after();
            converted.save("converted", block);
            return after;
        }
    }

    private ModelTrainer trainer(int length) {
        return new ModelTrainer(task, seed, length, Validations.LAST, progress);
    }
}
