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

/** Times the commands for files. */
@Command(
        name = "files",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Times mask, check, inspect, compress and decompress on a file of normally distributed"
                    + " floats, each in a process of its own, beside what no program can do"
                    + " without: reading and copying the file by cat and cp, a pass over its"
                    + " values, the search for the masks. All take turns; times are medians.",
            "Needs the programs cat and cp, and four times the file's size on the disk."
        })
public final class BenchFilesCommand implements Callable<Integer> {

    /** The most whose square is an array's length. */
    private static final int LARGEST_SIDE = 32_768;

    @Spec private CommandSpec spec;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--tensors",
            defaultValue = "16",
            converter = AtLeastOne.class,
            description = "The number of the file's tensors.")
    private int tensors;

    @Option(
            names = "--size",
            paramLabel = "SIDE",
            defaultValue = "4096",
            converter = AtLeastOne.class,
            description = "Each tensor's number of rows and of columns, of four bytes each.")
    private int size;

    @Option(
            names = "--turns",
            defaultValue = "3",
            converter = AtLeastOne.class,
            description = "How often to time each.")
    private int turns;

    @Option(
            names = "--folder",
            defaultValue = "${sys:java.io.tmpdir}",
            showDefaultValue = Help.Visibility.NEVER,
            description =
                    "Where to put the files, which are deleted in the end. By default the system's"
                            + " folder for temporary files.")
    private Path folder;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

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
                        OutputFolder.create(folder, "--folder"),
                        tensors,
                        size,
                        pattern.get(),
                        turns,
                        ProgressDisplay.lines(json, spec.commandLine().getErr()))) {
            report = benchmark.run();
        }
        Answer.print(spec, json, report, report::toTable);
        return 0;
    }
}
