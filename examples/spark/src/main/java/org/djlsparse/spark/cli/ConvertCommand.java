package org.djlsparse.spark.cli;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.cli.command.BothOption;
import org.djlsparse.cli.command.FileMaskOption;
import org.djlsparse.cli.command.MaskOptions;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.TensorOptions;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.spark.SparkCheckpoints;

import java.io.IOException;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Masks and compresses a checkpoint in one pass. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Masks the weights of a checkpoint by magnitude and writes it compressed, in one pass.",
            "The result is that of 'mask' and 'compress'. A task needs room for its shard on the"
                    + " executor's disk. 'adaprune' fits the kept weights, too."
        })
final class ConvertCommand implements Callable<Integer> {

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private InAndOut places;

    @Mixin private MaskOptions maskOptions;

    @Mixin private FileMaskOption maskOption;

    @Mixin private BothOption both;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private TensorOptions tensors;

    @Mixin private Output output;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    ConvertCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskKind mask = maskOption.get();
        maskOptions.newSolver(mask); // throws if it does not fit
        JavaSparkContext spark = main.connect(spec);
        SparkCheckpoints checkpoints =
                SparkCheckpoints.builder(spark)
                        .setPattern(maskOptions.getPattern())
                        .optSolver(new SolverChoice(maskOptions.getSolver(), mask))
                        .optTensors(tensors.selector())
                        .optShardBytes(shardSize.get())
                        .optBothWays(both.get())
                        .build();
        new SizeReport(spark.hadoopConfiguration(), places.out())
                .print(() -> checkpoints.convert(places.in(), places.out()), tensors, output);
        return 0;
    }
}
