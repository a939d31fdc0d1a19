package org.djlsparse.cli.command;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.report.TensorText;
import org.djlsparse.cli.weights.CheckJson;
import org.djlsparse.io.CheckReport;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks whether a file's weights satisfy a pattern. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Checks whether the weights of a file, and their transposes, satisfy an N:M pattern.",
            "Checked are the tensors that 'mask' masks. Each value but zero counts as kept."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:Each weight satisfies the pattern both ways; with --mask row, along rows.",
            "1:One does not.",
            "2:The file or an option is wrong."
        })
public final class CheckCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description =
                    "The file to check: .safetensors, .npz, .npy, or .safetensors.index.json for"
                            + " shards.")
    private Path in;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description =
                    "What must hold for exit code 0: transposable, the pattern both ways, or row,"
                            + " the pattern along rows only.")
    private MaskKind mask;

    @Mixin private TensorOptions tensors;

    @Mixin private Output output;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public CheckCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskOptions.refuseNone(spec, mask);
        WeightChecker checker =
                WeightChecker.builder()
                        .setPattern(pattern.get())
                        .optTensors(tensors.selector())
                        .build();
        CheckReport report;
        try (WeightFile file = WeightFile.open(in)) {
            output.warn(file.getWarnings());
            report = checker.check(file);
        } catch (IllegalArgumentException e) {
            throw tensors.nameOption(e);
        }
        output.print(CheckJson.of(report), () -> TensorText.of(report));
        boolean valid = mask == MaskKind.ROW ? report.isValidAlongRows() : report.isTransposable();
        return valid ? 0 : 1;
    }
}
