package org.djlsparse.cli.command;

import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.convert.ScoreName;
import org.djlsparse.cli.options.MaskKind;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how to convert a model. */
final class ConversionOptions {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description = "The masks: transposable, or row for masks valid along rows only.")
    private MaskKind mask;

    @Option(
            names = "--method",
            defaultValue = "adaprune",
            description =
                    "How the kept weights are found: magnitude leaves them as they are, adaprune"
                            + " fits them to samples by least squares, adam by Adam as in the"
                            + " paper's code.")
    private MethodName method;

    @Option(
            names = "--score",
            paramLabel = "<score>",
            description =
                    "What masks keep most of: ${COMPLETION-CANDIDATES}. By default wanda for"
                            + " adaprune, magnitude for the others. wanda and obs need samples.")
    private @Nullable ScoreName scores;

    @Option(
            names = "--parallel",
            description =
                    "Fit each layer to its inputs in the dense model, not in the model as converted"
                            + " so far: faster, and less accurate.")
    private boolean parallel;

    @Option(
            names = "--samples",
            defaultValue = "512",
            converter = AtLeastOne.class,
            description = "The number of samples, drawn from the training data.")
    private int samples;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    ConversionOptions() {}

    ConversionSettings settings() {
        MaskOptions.refuseNone(spec, mask);
        return new ConversionSettings(pattern.get(), mask, method, scores, parallel, samples);
    }
}
