package org.djlsparse.cli.run;

import org.djlsparse.SparsityReport;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.training.LayerRefresh;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The outcome of training a wrapped model.
 *
 * @param result losses, times and scores
 * @param refreshSeconds for each step, the time spent in its refresh; 0 without one
 * @param history each refresh of each layer
 * @param last the masks after the last refresh; null if there was none
 * @param report the masks after training
 * @param picture a layer to draw; null without masks
 */
public record SparseRun(
        RunResult result,
        List<Double> refreshSeconds,
        List<LayerRefresh> history,
        @Nullable LastRefresh last,
        SparsityReport report,
        @Nullable MaskedWeight picture) {

    /** Creates an outcome. */
    public SparseRun {
        refreshSeconds = List.copyOf(refreshSeconds);
        history = List.copyOf(history);
    }

    /**
     * Returns the number of parameters that the masks prune at the end.
     *
     * @return the number; 0 if the model ends dense
     */
    public long prunedParameters() {
        long pruned = 0;
        for (LayerSparsity layer : report.layers()) {
            Mask mask = layer.mask();
            if (mask != null) {
                pruned += mask.getShape().size() - mask.getKeptCount();
            }
        }
        return pruned;
    }
}
