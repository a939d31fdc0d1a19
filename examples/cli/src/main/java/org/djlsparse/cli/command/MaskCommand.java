package org.djlsparse.cli.command;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.report.TensorText;
import org.djlsparse.cli.weights.MaskingJson;
import org.djlsparse.io.FileFormat;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.MaskSolver;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Masks a file of weights. */
@Command(
        name = "mask",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Reads a file of weights and writes it with N:M masks applied.",
            "Masked are the weights of products: floating tensors (F64, F32, F16, BF16) of at"
                    + " least M outputs and M inputs, [out, in], or [out, in, k...] with a mask for"
                    + " each kernel tap, but for embeddings and tables of positions. All others are"
                    + " copied, and the report says why."
        })
public final class MaskCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description =
                    "What to read: .safetensors, .npz, .npy, or .safetensors.index.json for"
                            + " shards.")
    private Path in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description =
                    "The file to write, of the same format; may be IN. With --max-shard-size an"
                            + " index.")
    private Path out;

    @Mixin private MaskOptions maskOptions;

    @Mixin private FileMaskOption mask;

    @Option(
            names = "--masks-output",
            paramLabel = "<file>",
            description =
                    "Write the masks, too, as booleans under the weights' names; .npy only for"
                            + " a single mask. An index has the shards of the weights.")
    private @Nullable Path masks;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private TensorOptions tensors;

    @Mixin private Output output;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public MaskCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskSolver solver = maskOptions.newSolver(mask.get());
        checkFormats();
        WeightMasker.Builder masker =
                WeightMasker.builder()
                        .setPattern(maskOptions.getPattern())
                        .optSolver(solver)
                        .optTensors(tensors.selector());
        Long shardBytes = shardSize.get();
        if (shardBytes != null) {
            masker.optShardBytes(shardBytes);
        }
        MaskingReport report;
        try (WeightFile file = WeightFile.open(in)) {
            output.warn(file.getWarnings());
            report = masker.build().mask(file, out, masks);
        } catch (IllegalArgumentException e) {
            throw InputException.name(
                    tensors.nameOption(e), "masks " + masks, "--masks-output " + masks);
        }
        output.print(MaskingJson.of(report), () -> TensorText.of(report));
        return 0;
    }

    private void checkFormats() throws IOException {
        FileFormat format = FileFormat.of(in);
        shardSize.check(out);
        if (shardSize.get() == null && FileFormat.of(out) != format) {
            throw new InputException(
                    "OUT "
                            + out
                            + ": must end in "
                            + format.getExtension()
                            + " as "
                            + in
                            + " does");
        }
    }
}
