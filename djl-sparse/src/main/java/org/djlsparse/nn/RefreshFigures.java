package org.djlsparse.nn;

import java.util.Map;

/**
 * What a refresh did to one layer.
 *
 * @param name the parameter's name
 * @param flipRate the share of entries that changed, from 0 to 1; 0 for the first mask
 * @param keptMagnitude the kept share of the weight's magnitude, from 0 to 1
 * @param nanos the time taken, in nanoseconds
 * @param figures what the layer's {@link GradientTerm} shows of itself, by name
 */
public record RefreshFigures(
        String name,
        double flipRate,
        double keptMagnitude,
        long nanos,
        Map<String, Double> figures) {

    /** Creates a record. */
    public RefreshFigures {
        figures = Map.copyOf(figures);
    }
}
