package org.djlsparse.examples;

import org.djlsparse.examples.choice.MaskKind;
import org.djlsparse.examples.choice.RuleName;
import org.djlsparse.examples.choice.SolverName;
import org.djlsparse.examples.cli.BenchCommand;
import org.djlsparse.examples.cli.CheckCommand;
import org.djlsparse.examples.cli.ChoiceConverter;
import org.djlsparse.examples.cli.CompressCommand;
import org.djlsparse.examples.cli.ConvertCommand;
import org.djlsparse.examples.cli.DecompressCommand;
import org.djlsparse.examples.cli.DiversityCommand;
import org.djlsparse.examples.cli.DoctorCommand;
import org.djlsparse.examples.cli.Errors;
import org.djlsparse.examples.cli.InspectCommand;
import org.djlsparse.examples.cli.MaskCommand;
import org.djlsparse.examples.cli.PathConverter;
import org.djlsparse.examples.cli.PictureCommand;
import org.djlsparse.examples.cli.StudyCommand;
import org.djlsparse.examples.cli.TerminalWriter;
import org.djlsparse.examples.cli.TrainCommand;
import org.djlsparse.examples.convert.MethodName;
import org.djlsparse.examples.convert.ScoreName;
import org.djlsparse.examples.task.ModelName;
import org.djlsparse.examples.task.TaskName;

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
