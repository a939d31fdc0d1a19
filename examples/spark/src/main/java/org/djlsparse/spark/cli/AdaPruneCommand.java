package org.djlsparse.spark.cli;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.translate.TranslateException;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.cli.InputException;
import org.djlsparse.cli.command.ConversionOptions;
import org.djlsparse.cli.command.ModelFolderOption;
import org.djlsparse.cli.command.NumberConverter;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.OutputFolder;
import org.djlsparse.cli.command.TaskOptions;
import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.convert.SavedModel;
import org.djlsparse.cli.report.ConversionJson;
import org.djlsparse.cli.report.ConversionText;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.run.Validation;
import org.djlsparse.cli.task.Task;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.spark.SparkAdaPrune;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Converts a trained model to N:M. */
@Command(
        name = "adaprune",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Converts a trained dense model to an N:M pattern without training: masks its weights,"
                    + " fits the kept ones, and writes the converted model.",
            "It is 'djl-sparse convert --parallel' on a cluster: tasks share the samples, and each"
                    + " layer is fitted in a task of its own. The executors open the task, too, so"
                    + " they must find --data at the same path."
        })
final class AdaPruneCommand implements Callable<Integer>, TaskCommand {

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private TaskOptions taskOptions;

    @Mixin private ConversionOptions conversion;

    @Mixin private ModelFolderOption modelFolder;

    @Option(
            names = "--tasks",
            paramLabel = "<tasks>",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of tasks that share the samples. By default the number of the"
                            + " cluster's cores.")
    private @Nullable Integer tasks;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "The driver's folder for the converted model: converted.safetensors, and"
                        + " converted-0000.params for plain DJL. Without it, nothing is written.")
    private @Nullable Path output;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "The seed of the samples, and of the validation part of names.")
    private int seed;

    @Mixin private Output answer;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    AdaPruneCommand() {}

    @Override
    public TaskOptions getTaskOptions() {
        return taskOptions;
    }

    @Override
    public int getSeed() {
        return seed;
    }

    @Override
    public Integer call() throws IOException, TranslateException {
        ConversionSettings settings = settings();
        RemoteCommand command = RemoteCommand.of(spec);
        try (NDManager manager = NDManager.newBaseManager()) {
            Task task = command.open().task();
            ModelTrainer.checkFit(task, settings.pattern());
            if (output != null) {
                OutputFolder.create(output);
            }
            Block block = modelFolder.start().newBlock(task, manager);
            JavaSparkContext spark = main.connect(spec);
            Score before = Validation.measure(block, task);
            AdaPruneReport report = convert(spark, block, settings, command);
            ConversionResult result =
                    new ConversionResult(settings, before, Validation.measure(block, task), report);
            answer.print(
                    ConversionJson.of(
                            taskOptions.getTask(), task.getModelName(), task.getMetric(), result),
                    () -> ConversionText.of(result, task.getMetric()));
            if (output != null) {
                SavedModel.save(block, output, "converted").forEach(answer::say);
            }
            return 0;
        } finally {
            command.close();
        }
    }

    private ConversionSettings settings() {
        ConversionSettings given = conversion.settings();
        if (given.method() == MethodName.ADAM) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--method adam: must be adaprune or magnitude; Adam needs all samples in one"
                            + " place");
        }
        if (modelFolder.get() == null) {
            throw new ParameterException(
                    spec.commandLine(), "--model-dir: must be given, the folder of the model");
        }
        return new ConversionSettings(
                given.pattern(),
                given.mask(),
                given.method(),
                given.score(),
                true,
                given.samples());
    }

    private AdaPruneReport convert(
            JavaSparkContext spark, Block block, ConversionSettings settings, RemoteCommand command)
            throws IOException {
        SparkAdaPrune.Builder builder =
                SparkAdaPrune.builder()
                        .setAdaPrune(settings.newAdaPrune(null))
                        .setModel(() -> command.open().task().newBlock())
                        .setSamples(new RemoteSamples(command, settings.samples(), seed));
        if (tasks != null) {
            builder.optTasks(tasks);
        }
        try {
            return builder.build().convert(spark, block);
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new InputException(String.valueOf(e.getMessage()), e);
        }
    }
}
