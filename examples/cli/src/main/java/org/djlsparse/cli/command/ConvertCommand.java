package org.djlsparse.cli.command;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.translate.TranslateException;

import org.djlsparse.cli.convert.Conversion;
import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.SavedModel;
import org.djlsparse.cli.report.ConversionJson;
import org.djlsparse.cli.report.ConversionText;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.Start;
import org.djlsparse.cli.run.Validations;
import org.djlsparse.cli.task.Task;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Converts a trained model to N:M. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Converts a trained dense model to an N:M pattern without training: masks its weights,"
                    + " fits the kept ones, and writes the converted model.",
            "Without --model-dir, the model is trained first."
        })
public final class ConvertCommand implements Callable<Integer> {

    @Mixin private TaskOptions taskOptions;

    @Mixin private ConversionOptions conversion;

    @Mixin private ModelFolderOption modelFolder;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "The folder for the converted model: converted.safetensors, and"
                        + " converted-0000.params for plain DJL. Without it, nothing is written.")
    private @Nullable Path output;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description =
                    "The seed of the samples, of the validation part of names, and of the training"
                            + " without --model-dir.")
    private int seed;

    @Mixin private Output answer;

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
            ModelTrainer.checkFit(task, settings.pattern());
            if (modelFolder.get() == null) {
                new ModelTrainer(
                                task,
                                seed,
                                taskOptions.stepsFor(task),
                                Validations.LAST,
                                answer.newProgress())
                        .trainDense(
                                "dense",
                                Start.RANDOM,
                                (name, block) -> convert(task, block, settings));
            } else {
                convert(task, modelFolder.start().newBlock(task, manager), settings);
            }
            return 0;
        }
    }

    private void convert(Task task, Block block, ConversionSettings settings) throws IOException {
        ConversionResult result;
        try {
            result = new Conversion(task, seed).run(block, settings, answer.newProgress());
        } catch (TranslateException e) {
            throw new IOException("data cannot be processed: " + e.getMessage(), e);
        }
        answer.print(
                ConversionJson.of(
                        taskOptions.getTask(), task.getModelName(), task.getMetric(), result),
                () -> ConversionText.of(result, task.getMetric()));
        if (output != null) {
            SavedModel.save(block, output, "converted").forEach(answer::say);
        }
    }
}
