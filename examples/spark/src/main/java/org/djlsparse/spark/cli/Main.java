package org.djlsparse.spark.cli;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.cli.Version;
import org.djlsparse.cli.command.ChoiceConverter;
import org.djlsparse.cli.command.Converters;
import org.djlsparse.cli.command.Errors;
import org.djlsparse.cli.command.TerminalWriter;
import org.djlsparse.cli.options.Names;
import org.djlsparse.spark.Exchange;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code djl-sparse-spark}, for {@code spark-submit}. */
@Command(
        name = "djl-sparse-spark",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Masks checkpoints of any size, trains DJL models with N:M masks, and converts"
                        + " trained models, on an Apache Spark cluster.",
        subcommands = {
            MaskCommand.class,
            CheckCommand.class,
            CompressCommand.class,
            DecompressCommand.class,
            ConvertCommand.class,
            TrainCommand.class,
            AdaPruneCommand.class
        })
public final class Main implements Runnable {

    private final Cluster cluster;

    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    private Main(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Creates the command line, ready to execute. */
    static CommandLine newCommandLine(Cluster cluster) {
        return Errors.handle(
                Converters.register(new CommandLine(new Main(cluster)))
                        .registerConverter(
                                OuterName.class, ChoiceConverter.of(OuterName.class, Names::of))
                        .registerConverter(
                                Exchange.class, ChoiceConverter.of(Exchange.class, Names::of)));
    }

    /**
     * Runs the program. It exits only after an error: on YARN, an exit is a failure.
     *
     * @param args the arguments
     */
    public static void main(String[] args) {
        int exitCode;
        try (OwnCluster cluster = new OwnCluster()) {
            exitCode =
                    TerminalWriter.use(newCommandLine(cluster), System.out, System.err)
                            .execute(args);
        }
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    /** Connects a command to Spark. */
    JavaSparkContext connect(CommandSpec command) {
        return cluster.connect("djl-sparse " + command.name());
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command must be given: " + String.join(", ", spec.subcommands().keySet()));
    }
}
