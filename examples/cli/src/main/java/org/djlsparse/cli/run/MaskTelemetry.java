package org.djlsparse.cli.run;

import org.djlsparse.SparsityReport;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What became of a model's masks over a training run.
 *
 * @param refreshSeconds for each step, the time spent in its refresh; 0 where there was none
 * @param refreshes each refresh
 * @param last the report right after the last refresh; null if there was none
 */
public record MaskTelemetry(
        List<Double> refreshSeconds, List<RefreshSample> refreshes, @Nullable SparsityReport last) {

    /** Creates a telemetry. */
    public MaskTelemetry {
        refreshSeconds = List.copyOf(refreshSeconds);
        refreshes = List.copyOf(refreshes);
    }
}
