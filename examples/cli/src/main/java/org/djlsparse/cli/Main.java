package org.djlsparse.cli;

import org.djlsparse.cli.command.BenchCommand;
import org.djlsparse.cli.command.CheckCommand;
import org.djlsparse.cli.command.CompressCommand;
import org.djlsparse.cli.command.ConvertCommand;
import org.djlsparse.cli.command.Converters;
import org.djlsparse.cli.command.DecompressCommand;
import org.djlsparse.cli.command.DiversityCommand;
import org.djlsparse.cli.command.DoctorCommand;
import org.djlsparse.cli.command.Errors;
import org.djlsparse.cli.command.FineTuneCommand;
import org.djlsparse.cli.command.InspectCommand;
import org.djlsparse.cli.command.MaskCommand;
import org.djlsparse.cli.command.PictureCommand;
import org.djlsparse.cli.command.StudyCommand;
import org.djlsparse.cli.command.TerminalWriter;
import org.djlsparse.cli.command.TrainCommand;

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
        return Errors.handle(Converters.register(new CommandLine(new Main())));
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
