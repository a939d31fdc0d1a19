package org.djlsparse.cli.command;

import org.djlsparse.cli.report.SizeText;
import org.djlsparse.cli.weights.CompressionReport;
import org.djlsparse.cli.weights.WeightCompressor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Decompresses a file of weights. */
@Command(
        name = "decompress",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Writes the weights of a compressed file as they were before.")
public final class DecompressCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description =
                    "What to read: .safetensors, or .safetensors.index.json for shards, written by"
                            + " 'compress'.")
    private Path in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description =
                    "The file to write: .safetensors, or .safetensors.index.json for shards as"
                            + " they were before; may be IN.")
    private Path out;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private Output output;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public DecompressCommand() {}

    @Override
    public Integer call() throws IOException {
        shardSize.check(out);
        CompressionReport report = WeightCompressor.decompress(in, out, shardSize.get());
        output.warn(report.warnings());
        output.print(report, () -> SizeText.of(report));
        return 0;
    }
}
