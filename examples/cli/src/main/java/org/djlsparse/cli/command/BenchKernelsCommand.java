package org.djlsparse.cli.command;

import org.djlsparse.cli.bench.KernelBenchmark;
import org.djlsparse.cli.bench.KernelBenchmarkReport;
import org.djlsparse.cli.bench.LayerSize;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.torch.TorchMemory;
import org.djlsparse.torch.TorchThreads;
import org.djlsparse.torch.VectorApi;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmarks the kernels. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Times the products of linear layers on the CPU, in float32: DJL's dense products, and"
                + " those of each kernel on a weight with transposable masks. All take turns; times"
                + " are medians.",
            "forward, input gradient and weight gradient are single products with a packed weight;"
                    + " layer is a training step: both passes, and packing; prediction is the"
                    + " forward product of a single row. The dense weight has no mask."
        })
public final class BenchKernelsCommand implements Callable<Integer> {

    private static final List<LayerSize> SIZES =
            List.of(
                    new LayerSize(768, 768),
                    new LayerSize(3072, 768),
                    new LayerSize(768, 3072),
                    new LayerSize(1024, 1024),
                    new LayerSize(4096, 1024),
                    new LayerSize(1024, 4096),
                    new LayerSize(4096, 4096));
    private static final List<Integer> ROWS = List.of(256, 512, 2048);

    /** The dense product again, through a kernel. */
    private static final String DENSE = "dense-fp32";

    @Mixin private PatternOption pattern;

    @Option(
            names = "--shape",
            split = ",",
            arity = "1..*",
            paramLabel = "OUTxIN",
            description =
                    "The layers' outputs and inputs, separated by commas. By default 768x768,"
                            + " 3072x768, 768x3072, 1024x1024, 4096x1024, 1024x4096, 4096x4096.")
    private @Nullable List<LayerSize> shapes;

    @Option(
            names = "--rows",
            split = ",",
            arity = "1..*",
            paramLabel = "N",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The numbers of rows of the input, separated by commas. By default"
                            + " 256, 512, 2048.")
    private @Nullable List<Integer> rows;

    @Option(
            names = "--kernel",
            split = ",",
            arity = "1..*",
            paramLabel = "NAME",
            description =
                    "The kernels, separated by commas, such as cpu-sparse. By default all that can"
                            + " run here except dense-fp32.")
    private @Nullable List<LinearKernel> kernels;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of threads of each product. By default PyTorch's own number.")
    private @Nullable Integer threads;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.5",
            converter = NumberConverter.AboveZero.class,
            description =
                    "The time for one product with one number of rows; each kernel gets an equal"
                            + " share. Large products take longer, since each has at least three"
                            + " turns; a kernel is left out of them if it takes more than twice as"
                            + " long as dense.")
    private float seconds;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public BenchKernelsCommand() {}

    @Override
    public Integer call() {
        TorchMemory.keepFreed();
        int before = TorchThreads.getCount();
        if (threads != null) {
            TorchThreads.setCount(threads);
        }
        try {
            KernelBenchmarkReport report = measure();
            answer.print(report, () -> report.toTable("see --seconds"));
            return 0;
        } finally {
            TorchThreads.setCount(before);
        }
    }

    private KernelBenchmarkReport measure() {
        KernelBenchmark.Result result;
        try (KernelBenchmark benchmark =
                new KernelBenchmark(
                        pattern.get(),
                        kernels == null ? defaultKernels() : kernels.stream().distinct().toList(),
                        seconds,
                        answer.newStages())) {
            result =
                    benchmark.run(
                            shapes == null ? SIZES : shapes.stream().distinct().toList(),
                            rows == null ? ROWS : rows.stream().distinct().toList());
        }
        return new KernelBenchmarkReport(
                pattern.get().toString(),
                TorchThreads.getCount(),
                Runtime.getRuntime().availableProcessors(),
                VectorApi.getLanes(),
                System.getProperty("java.version"),
                result.rows(),
                result.leftOut());
    }

    private static List<LinearKernel> defaultKernels() {
        return LinearKernel.all().stream()
                .filter(kernel -> !kernel.getName().equals(DENSE))
                .toList();
    }
}
