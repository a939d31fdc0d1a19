package org.djlsparse.cli.convert;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A way to convert, under a name.
 *
 * @param name the name
 * @param method how the kept weights are found
 * @param score what masks keep most of; null for the method's own
 * @param parallel whether layers are fitted to their inputs in the dense model
 */
public record ConversionVariant(
        String name, MethodName method, @Nullable ScoreName score, boolean parallel) {

    /** What the others are to improve on. */
    public static final ConversionVariant MAGNITUDE =
            new ConversionVariant("magnitude", MethodName.MAGNITUDE, null, false);

    /** All that a benchmark compares. */
    public static final List<ConversionVariant> ALL =
            List.of(
                    MAGNITUDE,
                    new ConversionVariant("adaprune", MethodName.ADAPRUNE, null, false),
                    new ConversionVariant(
                            "adaprune-obs", MethodName.ADAPRUNE, ScoreName.OBS, false),
                    new ConversionVariant(
                            "adaprune-magnitude", MethodName.ADAPRUNE, ScoreName.MAGNITUDE, false),
                    new ConversionVariant("adam-magnitude", MethodName.ADAM, null, false),
                    new ConversionVariant("adaprune-parallel", MethodName.ADAPRUNE, null, true));

    ConversionSettings settings(NmPattern pattern, MaskKind mask, int samples) {
        return new ConversionSettings(pattern, mask, method, score, parallel, samples);
    }
}
