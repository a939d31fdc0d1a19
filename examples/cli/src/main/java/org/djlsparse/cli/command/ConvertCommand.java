package org.djlsparse.cli.command;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.util.ProgressBar;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.convert.Conversion;
import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.SavedModel;
import org.djlsparse.cli.report.ConversionJson;
import org.djlsparse.cli.report.ConversionText;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.task.Task;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Converts a trained model to N:M. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Converts a trained dense model to N:M masks, without training: reads its weights,"
                    + " masks and fits them, and writes the converted model.",
            "Without --model-dir the model is trained first."
        })
public final class ConvertCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TaskOptions taskOptions;

    @Mixin private ConversionOptions conversion;

    @Option(
            names = "--model-dir",
            paramLabel = "DIR",
            description =
                    "The folder with this task's model: dense.safetensors, dense-0000.params, or"
                            + " the only model there.")
    private @Nullable Path modelFolder;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "The folder for the converted model: converted.safetensors, and"
                        + " converted-0000.params for plain DJL. Nothing is written without it.")
    private @Nullable Path output;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description =
                    "Decides the samples, the validation part of names, and the training of a model"
                            + " that is not given.")
    private int seed;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public ConvertCommand() {}

    @Override
    public Integer call() throws IOException, TranslateException {
        ConversionSettings settings = conversion.settings();
        try (Task task = taskOptions.open(seed);
                NDManager manager = NDManager.newBaseManager()) {
            if (output != null) {
                OutputFolder.create(output);
            }
            ModelTrainer.checkFit(task, settings.pattern(), "--pattern " + settings.pattern());
            if (modelFolder == null) {
                new ModelTrainer(
                                task,
                                seed,
                                taskOptions.stepsFor(task),
                                1,
                                ProgressDisplay.of(json, spec.commandLine().getErr()))
                        .trainDense("dense", (name, block) -> convert(task, block, settings));
            } else {
                convert(task, SavedModel.load(modelFolder, task, manager), settings);
            }
            return 0;
        }
    }

    private void convert(Task task, Block block, ConversionSettings settings) throws IOException {
        ConversionResult result;
        try {
            result = new Conversion(task, seed).run(block, settings, progress());
        } catch (TranslateException e) {
            throw new IOException("data cannot be processed: " + e.getMessage(), e);
        }
        PrintWriter writer = spec.commandLine().getOut();
        if (json) {
            writer.println(
                    ConversionJson.of(
                            taskOptions.getTask(), task.getModelName(), task.getMetric(), result));
        } else {
            writer.print(ConversionText.of(result, task.getMetric()));
        }
        if (output != null) {
            for (Path file : SavedModel.save(block, output, "converted")) {
                if (!json) {
                    writer.println(file);
                }
            }
        }
        writer.flush();
    }

    @SuppressWarnings("SystemConsoleNull") // the launcher asks newer JDKs for the old way
    private @Nullable Progress progress() {
        return json || System.console() == null ? null : new ProgressBar();
    }
}
