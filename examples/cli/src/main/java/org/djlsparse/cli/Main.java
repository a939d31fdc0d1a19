package org.djlsparse.cli;

import org.djlsparse.cli.command.BenchCommand;
import org.djlsparse.cli.command.CheckCommand;
import org.djlsparse.cli.command.ChoiceConverter;
import org.djlsparse.cli.command.CompressCommand;
import org.djlsparse.cli.command.ConvertCommand;
import org.djlsparse.cli.command.DecompressCommand;
import org.djlsparse.cli.command.DiversityCommand;
import org.djlsparse.cli.command.DoctorCommand;
import org.djlsparse.cli.command.Errors;
import org.djlsparse.cli.command.InspectCommand;
import org.djlsparse.cli.command.MaskCommand;
import org.djlsparse.cli.command.PathConverter;
import org.djlsparse.cli.command.PictureCommand;
import org.djlsparse.cli.command.StudyCommand;
import org.djlsparse.cli.command.TerminalWriter;
import org.djlsparse.cli.command.TrainCommand;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.convert.ScoreName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.RuleName;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;

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
                "Trains DJL models with transposable N:M masks, converts trained ones, and masks"
                        + " files of weights.",
        subcommands = {
            TrainCommand.class,
            StudyCommand.class,
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
                        .registerConverter(TaskName.class, new ChoiceConverter<>(TaskName.class))
                        .registerConverter(ModelName.class, new ChoiceConverter<>(ModelName.class))
                        .registerConverter(MaskKind.class, new ChoiceConverter<>(MaskKind.class))
                        .registerConverter(RuleName.class, new ChoiceConverter<>(RuleName.class))
                        .registerConverter(
                                MethodName.class, new ChoiceConverter<>(MethodName.class))
                        .registerConverter(ScoreName.class, new ChoiceConverter<>(ScoreName.class))
                        .registerConverter(
                                SolverName.class, new ChoiceConverter<>(SolverName.class)));
    }

    /**
     * Runs the program.
     *
     * @param args what the user typed
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
