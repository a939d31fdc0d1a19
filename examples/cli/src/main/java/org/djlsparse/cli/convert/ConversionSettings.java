package org.djlsparse.cli.convert;

import ai.djl.util.Progress;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.CalibrationMode;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

/**
 * How to convert a model.
 *
 * @param pattern the pattern of the masks
 * @param mask which masks: transposable or row
 * @param method how the kept weights are found
 * @param score what masks keep most of; null for the method's own
 * @param parallel whether layers are fitted to their inputs in the dense model, not in the model as
 *     converted so far
 * @param samples the number of calibration samples at most
 */
public record ConversionSettings(
        NmPattern pattern,
        MaskKind mask,
        MethodName method,
        @Nullable ScoreName score,
        boolean parallel,
        int samples) {

    /**
     * Returns what masks keep most of.
     *
     * @return the score, that of the method if none was given
     */
    public MaskScore chosenScore() {
        return score == null ? method.getDefaultScore() : score.getScore();
    }

    /**
     * Returns the conversion.
     *
     * @param progress told of the progress; null for nobody
     * @return the conversion
     */
    AdaPrune newAdaPrune(@Nullable Progress progress) {
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
