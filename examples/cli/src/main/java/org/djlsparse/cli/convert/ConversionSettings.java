package org.djlsparse.cli.convert;

import ai.djl.util.Progress;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.CalibrationMode;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a conversion.
 *
 * @param pattern the pattern of the masks
 * @param mask the kind of the masks: transposable or row
 * @param method the method for the kept weights
 * @param score the score whose kept sum the masks maximize; null for the method's own
 * @param parallel whether layers are fitted to their inputs in the dense model, not in the partly
 *     converted model
 * @param samples the largest number of calibration samples
 */
public record ConversionSettings(
        NmPattern pattern,
        MaskKind mask,
        MethodName method,
        @Nullable MaskScore score,
        boolean parallel,
        int samples) {

    /**
     * Returns the score in use.
     *
     * @return the chosen score, or else the method's own
     */
    public MaskScore chosenScore() {
        return score == null ? method.getDefaultScore() : score;
    }

    /**
     * Creates the conversion.
     *
     * @param progress shows the progress; null to show none
     * @return the conversion
     */
    public AdaPrune newAdaPrune(@Nullable Progress progress) {
        AdaPrune.Builder builder =
                AdaPrune.builder()
                        .setPattern(pattern)
                        .optSolver(mask.newSolver())
                        .optMethod(method.getMethod())
                        .optScore(chosenScore())
                        .optMode(parallel ? CalibrationMode.PARALLEL : CalibrationMode.SEQUENTIAL)
                        .optBatchNorm(method != MethodName.MAGNITUDE)
                        .optSamples(samples);
        if (progress != null) {
            builder.optProgress(progress);
        }
        return builder.build();
    }
}
