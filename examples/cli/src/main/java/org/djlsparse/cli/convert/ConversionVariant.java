package org.djlsparse.cli.convert;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A named method of conversion, with its score and mode.
 *
 * @param name the name
 * @param method the method for the kept weights
 * @param score the score whose kept sum the masks maximize; null for the method's own
 * @param parallel whether layers are fitted to their inputs in the dense model
 */
public record ConversionVariant(
        String name, MethodName method, @Nullable MaskScore score, boolean parallel) {

    /** The baseline. */
    public static final ConversionVariant MAGNITUDE =
            new ConversionVariant("magnitude", MethodName.MAGNITUDE, null, false);

    /** All variants. */
    public static final List<ConversionVariant> ALL =
            List.of(
                    MAGNITUDE,
                    new ConversionVariant("adaprune", MethodName.ADAPRUNE, null, false),
                    new ConversionVariant(
                            "adaprune-obs", MethodName.ADAPRUNE, MaskScore.OBS, false),
                    new ConversionVariant(
                            "adaprune-magnitude", MethodName.ADAPRUNE, MaskScore.MAGNITUDE, false),
                    new ConversionVariant("adam-magnitude", MethodName.ADAM, null, false),
                    new ConversionVariant("adaprune-parallel", MethodName.ADAPRUNE, null, true));

    ConversionSettings settings(NmPattern pattern, MaskKind mask, int samples) {
        return new ConversionSettings(pattern, mask, method, score, parallel, samples);
    }
}
