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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times the kernels. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Times the products of linear layers on the processor, in float32: DJL's dense ones,"
                + " and those of each kernel on a weight with transposable masks. All take turns;"
                + " times are medians.",
            "forward, input gradient and weight gradient are single products, from a packed weight;"
                    + " layer is a step of training, both passes and packing; prediction is the"
                    + " forward product of a single row. Dense pays for no mask."
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

    /** The product with the weight as it is: dense once more. */
    private static final String DENSE = "dense-fp32";

    @Spec private CommandSpec spec;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--shape",
            split = ",",
            arity = "1..*",
            paramLabel = "OUTxIN",
            converter = LayerSizeConverter.class,
            description =
                    "The layers' outputs and inputs, with commas between. By default 768x768,"
                            + " 3072x768, 768x3072, 1024x1024, 4096x1024, 1024x4096, 4096x4096.")
    private @Nullable List<LayerSize> shapes;

    @Option(
            names = "--rows",
            split = ",",
            arity = "1..*",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description =
                    "The rows of the input, a batch's positions, with commas between. By default"
                            + " 256, 512, 2048.")
    private @Nullable List<Integer> rows;

    @Option(
            names = "--kernel",
            split = ",",
            arity = "1..*",
            paramLabel = "NAME",
            converter = LinearKernelConverter.class,
            description =
                    "The kernels, with commas between, such as cpu-sparse. By default all that can"
                            + " run here but dense-fp32.")
    private @Nullable List<LinearKernel> kernels;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "The threads of each product. By default as many as PyTorch takes.")
    private @Nullable Integer threads;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.5",
            converter = AboveZero.class,
            description =
                    "The time for one product with one number of rows, of which each kernel has the"
                            + " same share. Large ones take more, for three turns; a kernel that"
                            + " takes over twice as long as dense is left out there.")
    private float seconds;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

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
            Answer.print(spec, json, report, report::toTable);
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
                        ProgressDisplay.lines(json, spec.commandLine().getErr()))) {
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
