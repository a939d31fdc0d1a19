package org.djlsparse.spark.cli;

import org.djlsparse.cli.command.MaskOptions;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.PatternOption;
import org.djlsparse.cli.command.TensorOptions;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.report.TensorText;
import org.djlsparse.cli.weights.CheckJson;
import org.djlsparse.io.CheckReport;
import org.djlsparse.spark.SparkCheckpoints;

import java.io.IOException;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Checks whether a checkpoint's weights satisfy a pattern. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Checks whether the weights of a checkpoint, and their transposes, satisfy an N:M"
                    + " pattern.",
            "Checked are the tensors that 'mask' masks. Each value but zero counts as kept."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:Each weight satisfies the pattern both ways; with --mask row, along rows.",
            "1:One does not.",
            "2:The checkpoint or an option is wrong."
        })
final class CheckCommand implements Callable<Integer> {

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private InOption in;

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

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    CheckCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskOptions.refuseNone(spec, mask);
        SparkCheckpoints checkpoints =
                SparkCheckpoints.builder(main.connect(spec))
                        .setPattern(pattern.get())
                        .optTensors(tensors.selector())
                        .build();
        CheckReport report;
        try {
            report = checkpoints.check(in.get());
        } catch (IllegalArgumentException e) {
            throw tensors.nameOption(e);
        }
        output.warn(report.warnings());
        output.print(CheckJson.of(report), () -> TensorText.of(report));
        boolean valid = mask == MaskKind.ROW ? report.isValidAlongRows() : report.isTransposable();
        return valid ? 0 : 1;
    }
}
