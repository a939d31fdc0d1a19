package org.djlsparse.training;

import java.util.Map;

/**
 * The record of one refresh of one layer in the history.
 *
 * @param step the number of training batches before the refresh
 * @param name the parameter's name
 * @param flipRate the fraction of entries that changed, from 0 to 1 (the flip rate of 2by4); 0 for
 *     the first mask
 * @param keptMagnitude the fraction of the weight's magnitude that the mask keeps, from 0 to 1
 * @param seconds the duration in seconds
 * @param figures the figures of the rule, such as {@code factor}, by name
 */
public record LayerRefresh(
        long step,
        String name,
        double flipRate,
        double keptMagnitude,
        double seconds,
        Map<String, Double> figures) {

    /** Creates a record. */
    public LayerRefresh {
        figures = Map.copyOf(figures);
    }
}
