package org.djlsparse.cli;

import org.djlsparse.cli.bench.LayerSize;
import org.djlsparse.cli.command.BenchCommand;
import org.djlsparse.cli.command.CheckCommand;
import org.djlsparse.cli.command.ChoiceConverter;
import org.djlsparse.cli.command.CompressCommand;
import org.djlsparse.cli.command.ConvertCommand;
import org.djlsparse.cli.command.DecompressCommand;
import org.djlsparse.cli.command.DiversityCommand;
import org.djlsparse.cli.command.DoctorCommand;
import org.djlsparse.cli.command.Errors;
import org.djlsparse.cli.command.FineTuneCommand;
import org.djlsparse.cli.command.InspectCommand;
import org.djlsparse.cli.command.LayerSizeConverter;
import org.djlsparse.cli.command.MaskCommand;
import org.djlsparse.cli.command.PathConverter;
import org.djlsparse.cli.command.PatternConverter;
import org.djlsparse.cli.command.PictureCommand;
import org.djlsparse.cli.command.StudyCommand;
import org.djlsparse.cli.command.TerminalWriter;
import org.djlsparse.cli.command.TrainCommand;
import org.djlsparse.cli.convert.ConversionVariant;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.options.GradientKind;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.Names;
import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.djlsparse.cli.options.RuleName;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.cli.study.Variant;
import org.djlsparse.cli.task.DataPart;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.SparseRecipe;

import java.nio.file.Path;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code djl-sparse}. */
@Command(
        name = "djl-sparse",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Trains DJL models with transposable N:M masks, converts trained models, and masks"
                        + " files of weights.",
        subcommands = {
            TrainCommand.class,
            StudyCommand.class,
            FineTuneCommand.class,
            ConvertCommand.class,
            BenchCommand.class,
            MaskCommand.class,
            CheckCommand.class,
            CompressCommand.class,
            DecompressCommand.class,
            InspectCommand.class,
            DiversityCommand.class,
            PictureCommand.class,
            DoctorCommand.class
        })
public final class Main implements Runnable {

    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    private Main() {}

    /**
     * Creates the command line, ready to execute.
     *
     * @return the root command
     */
    public static CommandLine newCommandLine() {
        return Errors.handle(
                new CommandLine(new Main())
                        .registerConverter(Path.class, new PathConverter())
                        .registerConverter(NmPattern.class, new PatternConverter())
                        .registerConverter(LayerSize.class, new LayerSizeConverter())
                        .registerConverter(TaskName.class, choice(TaskName.class))
                        .registerConverter(ModelName.class, choice(ModelName.class))
                        .registerConverter(MaskKind.class, choice(MaskKind.class))
                        .registerConverter(RuleName.class, choice(RuleName.class))
                        .registerConverter(OptimizerName.class, choice(OptimizerName.class))
                        .registerConverter(RateSchedule.class, choice(RateSchedule.class))
                        .registerConverter(
                                FineTuneCommand.Masks.class, choice(FineTuneCommand.Masks.class))
                        .registerConverter(DataPart.class, choice(DataPart.class))
                        .registerConverter(GradientKind.class, choice(GradientKind.class))
                        .registerConverter(LayerKind.class, choice(LayerKind.class))
                        .registerConverter(
                                SparseRecipe.class,
                                new ChoiceConverter<>(SparseRecipe::presets, SparseRecipe::getName))
                        .registerConverter(MethodName.class, choice(MethodName.class))
                        .registerConverter(MaskScore.class, choice(MaskScore.class))
                        .registerConverter(SolverName.class, choice(SolverName.class))
                        .registerConverter(
                                Variant.class,
                                new ChoiceConverter<>(() -> Variant.ALL, Variant::name))
                        .registerConverter(
                                ConversionVariant.class,
                                new ChoiceConverter<>(
                                        () -> ConversionVariant.ALL, ConversionVariant::name))
                        .registerConverter(
                                KernelName.class,
                                new ChoiceConverter<>(KernelName::all, KernelName::name))
                        .registerConverter(
                                LinearKernel.class,
                                new ChoiceConverter<>(LinearKernel::all, LinearKernel::getName)));
    }

    private static <E extends Enum<E>> ChoiceConverter<E> choice(Class<E> type) {
        return ChoiceConverter.of(type, Names::of);
    }

    /**
     * Runs the program.
     *
     * @param args the arguments
     */
    public static void main(String[] args) {
        System.exit(TerminalWriter.use(newCommandLine(), System.out, System.err).execute(args));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command must be given: " + String.join(", ", spec.subcommands().keySet()));
    }
}
