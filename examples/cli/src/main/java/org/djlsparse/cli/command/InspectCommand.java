package org.djlsparse.cli.command;

import org.djlsparse.cli.report.SizeText;
import org.djlsparse.cli.weights.Inspection;
import org.djlsparse.cli.weights.WeightInspector;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what is in a file of weights. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Shows a file's tensors: types, shapes, sizes, density, and the N:M patterns that they"
                    + " satisfy along their inputs, or both ways.",
            "Looked at are floating and boolean tensors of two or more dimensions. Each value but"
                    + " zero counts as kept."
        })
public final class InspectCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description =
                    "The file: .safetensors, compressed or not, .npz, .npy, a file of masks, or"
                            + " .safetensors.index.json for shards.")
    private Path file;

    @Option(
            names = "--pattern",
            converter = PatternConverter.class,
            description = "N:M, to look for this pattern instead of common ones.")
    private @Nullable NmPattern pattern;

    @Mixin private Output output;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public InspectCommand() {}

    @Override
    public Integer call() throws IOException {
        Inspection report = WeightInspector.inspect(file, pattern);
        output.warn(report.warnings());
        output.print(report, () -> SizeText.of(report));
        return 0;
    }
}
