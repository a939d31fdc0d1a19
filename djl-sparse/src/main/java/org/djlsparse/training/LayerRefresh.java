package org.djlsparse.training;

import java.util.Map;

/**
 * One refresh of one layer, as the history keeps it.
 *
 * @param step the number of training batches before the refresh
 * @param name the parameter's name
 * @param flipRate the share of entries that changed, from 0 to 1 (2by4's flip rate); 0 for the
 *     first mask
 * @param keptMagnitude the kept share of the weight's magnitude, from 0 to 1
 * @param seconds the time taken
 * @param figures what the rule shows of itself, such as {@code factor}, by name
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
