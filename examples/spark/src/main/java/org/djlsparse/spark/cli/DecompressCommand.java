package org.djlsparse.spark.cli;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.cli.command.Output;
import org.djlsparse.spark.SparkCheckpoints;

import java.io.IOException;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Decompresses a checkpoint. */
@Command(
        name = "decompress",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Writes the weights of a compressed checkpoint as they were before.")
final class DecompressCommand implements Callable<Integer> {

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private InAndOut places;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private Output output;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    DecompressCommand() {}

    @Override
    public Integer call() throws IOException {
        JavaSparkContext spark = main.connect(spec);
        SparkCheckpoints checkpoints =
                SparkCheckpoints.builder(spark).optShardBytes(shardSize.get()).build();
        SizeReport sizes = new SizeReport(spark.hadoopConfiguration(), places.out());
        SizeReport.print(
                sizes.decompressed(checkpoints.decompress(places.in(), places.out())), output);
        return 0;
    }
}
