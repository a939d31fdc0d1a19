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

/** Compresses a file of weights that satisfy a pattern. */
@Command(
        name = "compress",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Writes the weights of a file with the kept values and their indices only.",
            "Compressed are floating tensors (F64, F32, F16, BF16) of two or more dimensions that"
                    + " satisfy the pattern along their inputs; 'mask' makes them so. All others"
                    + " are stored as they are, and the report says why. 'decompress' gives the"
                    + " same bits again."
        })
public final class CompressCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "The file to read: .safetensors, or .safetensors.index.json for shards.")
    private Path in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description =
                    "The file to write: .safetensors, or .safetensors.index.json for compressed"
                            + " shards; may be IN.")
    private Path out;

    @Mixin private PatternOption pattern;

    @Mixin private BothOption both;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private TensorOptions tensors;

    @Mixin private Output output;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public CompressCommand() {}

    @Override
    public Integer call() throws IOException {
        shardSize.check(out);
        CompressionReport report;
        try {
            report =
                    WeightCompressor.compress(
                            in,
                            tensors.selector(),
                            out,
                            pattern.get(),
                            both.get(),
                            shardSize.get());
        } catch (IllegalArgumentException e) {
            throw tensors.nameOption(e);
        }
        output.warn(report.warnings());
        output.print(report, () -> SizeText.of(report));
        return 0;
    }
}
