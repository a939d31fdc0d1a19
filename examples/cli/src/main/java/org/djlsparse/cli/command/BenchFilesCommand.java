package org.djlsparse.cli.command;

import org.djlsparse.cli.bench.FileBenchmark;
import org.djlsparse.cli.bench.FileBenchmarkReport;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Benchmarks the commands for files. */
@Command(
        name = "files",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Times mask, check, inspect, compress and decompress on a file of normally distributed"
                    + " floats, each command in a new process, and compares them with the parts"
                    + " that no program can avoid: reading and copying the file with cat and cp,"
                    + " a pass over its values, and the search for the masks. All take turns;"
                    + " times are medians.",
            "Needs the programs cat and cp, and disk space for four such files."
        })
public final class BenchFilesCommand implements Callable<Integer> {

    /** The largest side whose square is a valid array length. */
    private static final int LARGEST_SIDE = 32_768;

    @Spec private CommandSpec spec;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--tensors",
            defaultValue = "16",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of tensors in the file.")
    private int tensors;

    @Option(
            names = "--size",
            paramLabel = "SIDE",
            defaultValue = "4096",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of rows, and of columns, of each tensor; each value takes 4 bytes.")
    private int size;

    @Option(
            names = "--turns",
            defaultValue = "3",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of times that each is timed.")
    private int turns;

    @Option(
            names = "--folder",
            defaultValue = "${sys:java.io.tmpdir}",
            showDefaultValue = Help.Visibility.NEVER,
            description =
                    "The folder for the files, which are deleted at the end. By default the"
                            + " system's folder for temporary files.")
    private Path folder;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public BenchFilesCommand() {}

    @Override
    public Integer call() throws IOException {
        int m = pattern.get().m();
        if (size < m || size > LARGEST_SIDE) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--size "
                            + size
                            + ": must be at least M = "
                            + m
                            + " and at most "
                            + LARGEST_SIDE);
        }
        FileBenchmarkReport report;
        try (FileBenchmark benchmark =
                new FileBenchmark(
                        OutputFolder.create(folder, "folder"),
                        tensors,
                        size,
                        pattern.get(),
                        "--pattern=" + pattern.get(),
                        turns,
                        answer.newStages())) {
            report = benchmark.run();
        }
        answer.print(report, report::toTable);
        return 0;
    }
}
