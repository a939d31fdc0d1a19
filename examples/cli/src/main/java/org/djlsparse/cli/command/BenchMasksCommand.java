package org.djlsparse.cli.command;

import org.djlsparse.cli.bench.MaskBenchmark;
import org.djlsparse.cli.bench.MaskBenchmarkReport;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Benchmarks the solvers. */
@Command(
        name = "masks",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Times every solver on the tiles of a square weight of normally distributed floats,"
                    + " together with published algorithms in plain PyTorch operations on the"
                    + " CPU. The searches take turns; times are medians.",
            "Searches that are too slow for the given time are left out and listed."
        })
public final class BenchMasksCommand implements Callable<Integer> {

    private static final int LARGEST_SIDE = 16_384;

    @Spec private CommandSpec spec;

    @Option(
            names = "--patterns",
            split = ",",
            paramLabel = "N:M",
            description = "The patterns, separated by commas. By default 2:4,4:8,8:16.")
    private @Nullable List<NmPattern> patterns;

    @Option(
            names = "--size",
            paramLabel = "SIDE",
            defaultValue = "1024",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of rows, and of columns, of the weight: a multiple of each M.")
    private int size;

    @Option(names = "--seed", defaultValue = "1", description = "The seed of the weights.")
    private int seed;

    @Option(
            names = "--seconds",
            defaultValue = "45",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The time for all searches; each gets an equal share. Preparation and checks"
                            + " take some seconds more.")
    private int seconds;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public BenchMasksCommand() {}

    @Override
    public Integer call() {
        List<NmPattern> chosen =
                patterns == null
                        ? List.of(NmPattern.of(2, 4), NmPattern.of(4, 8), NmPattern.of(8, 16))
                        : patterns;
        check(chosen);
        List<MaskBenchmarkReport.Row> rows = new ArrayList<>();
        List<MaskBenchmarkReport.LeftOut> leftOut = new ArrayList<>();
        Consumer<String> progress = answer.newStages();
        try (MaskBenchmark benchmark = new MaskBenchmark(size, seed, progress)) {
            for (NmPattern pattern : chosen) {
                MaskBenchmark.Result result =
                        benchmark.run(pattern, (double) seconds / chosen.size());
                rows.addAll(result.rows());
                leftOut.addAll(result.leftOut());
            }
        }
        MaskBenchmarkReport report =
                new MaskBenchmarkReport(
                        size,
                        seed,
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("java.version"),
                        rows,
                        leftOut);
        answer.print(report, () -> report.toTable("see --seconds"));
        return 0;
    }

    private void check(List<NmPattern> chosen) {
        for (NmPattern pattern : chosen) {
            if (size % pattern.m() != 0 || size > LARGEST_SIDE) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--size "
                                + size
                                + ": must be a multiple of M = "
                                + pattern.m()
                                + ", at most "
                                + LARGEST_SIDE);
            }
        }
    }
}
