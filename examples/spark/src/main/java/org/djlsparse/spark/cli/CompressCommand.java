package org.djlsparse.spark.cli;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.cli.command.BothOption;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.PatternOption;
import org.djlsparse.cli.command.TensorOptions;
import org.djlsparse.spark.SparkCheckpoints;

import java.io.IOException;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Compresses a checkpoint of weights that satisfy a pattern. */
@Command(
        name = "compress",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Writes the weights of a checkpoint with the kept values and their indices only.",
            "The shards are those that 'djl-sparse compress' writes on one machine. With --both, a"
                    + " task needs room for its shard on the executor's disk."
        })
final class CompressCommand implements Callable<Integer> {

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private InAndOut places;

    @Mixin private PatternOption pattern;

    @Mixin private BothOption both;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private TensorOptions tensors;

    @Mixin private Output output;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    CompressCommand() {}

    @Override
    public Integer call() throws IOException {
        JavaSparkContext spark = main.connect(spec);
        SparkCheckpoints checkpoints =
                SparkCheckpoints.builder(spark)
                        .setPattern(pattern.get())
                        .optTensors(tensors.selector())
                        .optShardBytes(shardSize.get())
                        .optBothWays(both.get())
                        .build();
        new SizeReport(spark.hadoopConfiguration(), places.out())
                .print(() -> checkpoints.compress(places.in(), places.out()), tensors, output);
        return 0;
    }
}
