package org.djlsparse.cli.command;

import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.Names;
import org.djlsparse.convert.MaskScore;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Iterator;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of a conversion. */
public final class ConversionOptions {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description =
                    "The kind of the masks: transposable, or row for masks valid along rows only.")
    private MaskKind mask;

    @Option(
            names = "--method",
            defaultValue = "adaprune",
            description =
                    "The method for the kept weights: magnitude leaves them as they are, adaprune"
                            + " fits them to samples by least squares, adam fits them with Adam as"
                            + " in the paper's code.")
    private MethodName method;

    @Option(
            names = "--score",
            paramLabel = "<score>",
            completionCandidates = Scores.class,
            description =
                    "The score whose kept sum the masks maximize: ${COMPLETION-CANDIDATES}. By"
                            + " default wanda for adaprune, magnitude for the others. wanda and obs"
                            + " need samples.")
    private @Nullable MaskScore scores;

    @Option(
            names = "--parallel",
            description =
                    "Fit each layer to its inputs in the dense model, not in the partly converted"
                            + " model: faster, and less accurate.")
    private boolean parallel;

    @Option(
            names = "--samples",
            defaultValue = "512",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of calibration samples, drawn from the training data.")
    private int samples;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public ConversionOptions() {}

    /** The names of the scores. */
    static final class Scores implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(MaskScore.values()).map(Names::of).iterator();
        }
    }

    /**
     * Returns the settings.
     *
     * @return the settings
     * @throws picocli.CommandLine.ParameterException if the options do not go together
     */
    public ConversionSettings settings() {
        MaskOptions.refuseNone(spec, mask);
        return new ConversionSettings(pattern.get(), mask, method, scores, parallel, samples);
    }
}
