package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.FineTune;
import org.djlsparse.cli.convert.FineTuneRun;
import org.djlsparse.cli.convert.SavedModel;
import org.djlsparse.cli.options.Names;
import org.djlsparse.cli.report.FineTuneTable;
import org.djlsparse.cli.report.Text;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.training.SparseRecipe;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Converts a trained model to N:M and trains it further. */
@Command(
        name = "finetune",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Converts a trained dense model to an N:M pattern and trains the converted model"
                    + " further. Two controls show what it costs: the dense model, and the dense"
                    + " model trained further by as many steps.",
            "Without --model-dir, the dense model is trained first."
        })
public final class FineTuneCommand implements Callable<Integer> {

    @Mixin private TaskOptions taskOptions;

    @Mixin private ConversionOptions conversion;

    @Option(
            names = "--masks",
            defaultValue = "frozen",
            description =
                    "The masks of the further training: frozen for those of the conversion, or"
                            + " refreshed every 10 steps with masked decay, and frozen"
                            + " for the last 30%%.")
    private Masks masks;

    @Option(
            names = "--fine-tune-steps",
            paramLabel = "<steps>",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of steps after the conversion. By default half of those of the"
                            + " dense training.")
    private @Nullable Integer furtherSteps;

    @Mixin private DistillOptions distill;

    @Mixin private ModelFolderOption modelFolder;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "The folder for the models of the first seed: dense and fine-tuned, each as"
                            + " .safetensors, and as -0000.params for plain DJL. Without it,"
                            + " nothing is written.")
    private @Nullable Path output;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "The first seed of weights, batches, samples and the split of the data.")
    private int seed;

    @Option(
            names = "--seeds",
            defaultValue = "1",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of seeds; each has a dense model of its own.")
    private int seeds;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public FineTuneCommand() {}

    /** The masks of the further training. */
    public enum Masks {
        /** The masks of the conversion. */
        FROZEN,
        /** Masks that are refreshed. */
        REFRESHED;

        SparseRecipe recipe() {
            return this == FROZEN
                    ? SparseRecipe.fineTune()
                    : SparseRecipe.staySparse().toBuilder()
                            .optName("stay-sparse, without warm-up")
                            .optWarmUp(0)
                            .build();
        }

        @Override
        public String toString() {
            return Names.of(this);
        }
    }

    private record Report(
            TaskName task,
            ModelName model,
            Metric metricName,
            String pattern,
            int steps,
            int fineTuneSteps,
            String recipe,
            List<FineTuneRun> runs) {}

    @Override
    public Integer call() throws IOException, TranslateException {
        ConversionSettings settings = conversion.settings();
        Path folder = output == null ? null : OutputFolder.create(output);
        List<FineTuneRun> runs = new ArrayList<>();
        Metric metric;
        ModelName model;
        int steps;
        int further;
        try (Task task = taskOptions.open(seed)) {
            metric = task.getMetric();
            model = task.getModelName();
            ModelTrainer.checkFit(task, settings.pattern());
            steps = taskOptions.stepsFor(task);
            further = furtherSteps == null ? Math.max(1, steps / 2) : furtherSteps;
        }
        answer.say(
                Text.format(
                        "%s, %s, %s %s: %s%d steps after the conversion",
                        taskOptions.getTask(),
                        model,
                        settings.pattern(),
                        settings.mask(),
                        modelFolder.get() == null ? steps + " steps dense, " : "",
                        further));
        for (int i = 0; i < seeds; i++) {
            try (Task task = taskOptions.open(seed + i)) {
                runs.add(
                        fineTune(task, seed + i, steps, further, settings)
                                .run(i == 0 && folder != null ? saver(folder) : ModelSaver.NONE));
            }
        }
        answer.print(
                new Report(
                        taskOptions.getTask(),
                        model,
                        metric,
                        settings.pattern().toString(),
                        steps,
                        further,
                        masks.recipe().toString(),
                        runs),
                () -> FineTuneTable.of(runs, metric));
        return 0;
    }

    private FineTune fineTune(
            Task task, int taskSeed, int steps, int further, ConversionSettings settings) {
        return new FineTune(
                task,
                taskSeed,
                steps,
                further,
                modelFolder.start(),
                modelFolder.get() != null,
                settings,
                SparseTraining.of(masks.recipe()),
                distill.get(),
                answer.newProgress());
    }

    private ModelSaver saver(Path folder) {
        return (name, block) -> SavedModel.save(block, folder, name).forEach(answer::say);
    }
}
