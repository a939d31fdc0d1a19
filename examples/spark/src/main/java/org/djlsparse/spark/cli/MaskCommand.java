package org.djlsparse.spark.cli;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.command.FileMaskOption;
import org.djlsparse.cli.command.MaskOptions;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.TensorOptions;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.report.TensorText;
import org.djlsparse.cli.weights.MaskingJson;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.spark.CheckpointResult;
import org.djlsparse.spark.SparkCheckpoints;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Masks a checkpoint. */
@Command(
        name = "mask",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Reads a checkpoint and writes it with N:M masks applied.",
            "Its tensors get the bytes that 'djl-sparse mask' writes on one machine."
        })
final class MaskCommand implements Callable<Integer> {

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private InAndOut places;

    @Mixin private MaskOptions maskOptions;

    @Mixin private FileMaskOption maskOption;

    @Option(
            names = "--masks-output",
            paramLabel = "<folder>",
            description =
                    "Write the masks, too, as booleans under the weights' names: a new folder in"
                            + " OUT's file system, for shards and their index.")
    private @Nullable String masks;

    @Mixin private ShardSizeOption shardSize;

    @Mixin private TensorOptions tensors;

    @Mixin private Output output;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    MaskCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskKind mask = maskOption.get();
        maskOptions.newSolver(mask); // throws if it does not fit
        SparkCheckpoints checkpoints =
                SparkCheckpoints.builder(main.connect(spec))
                        .setPattern(maskOptions.getPattern())
                        .optSolver(new SolverChoice(maskOptions.getSolver(), mask))
                        .optTensors(tensors.selector())
                        .optShardBytes(shardSize.get())
                        .build();
        CheckpointResult<MaskingReport> result;
        try {
            result = checkpoints.mask(places.in(), places.out(), masks);
        } catch (IllegalArgumentException e) {
            throw InputException.name(
                    tensors.nameOption(e), "masks " + masks, "--masks-output " + masks);
        }
        output.warn(result.warnings());
        output.print(MaskingJson.of(result.report()), () -> TensorText.of(result.report()));
        return 0;
    }
}
