package org.djlsparse.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups the benchmarks. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Benchmarks this machine.",
        subcommands = {
            BenchMasksCommand.class,
            BenchKernelsCommand.class,
            BenchFilesCommand.class,
            BenchConvertCommand.class
        })
public final class BenchCommand implements Runnable {

    @Spec private CommandSpec spec;

    /** Created by picocli, which fills in the rest. */
    @SuppressWarnings("NullAway.Init")
    public BenchCommand() {}

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a benchmark must be given: " + String.join(", ", spec.subcommands().keySet()));
    }
}
