package org.djlsparse.cli.run;

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

import org.djlsparse.Sparsifier;
import org.djlsparse.SparsityReport;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

/**
 * The masks right after the last refresh of a run, which a dense finish discards.
 *
 * @param report the report of that moment
 * @param keptMagnitude kept |w| over all |w|, over all masked weights; the library's history has
 *     this by layer only
 */
public record LastRefresh(SparsityReport report, double keptMagnitude) {

    /**
     * Looks at the masks after each step that refreshed them, before the optimizer moves the
     * weights.
     *
     * <p>Cost: a report per step; at a refresh, a pass over the masked weights on the heap.
     */
    static final class Recorder extends TrainingListenerAdapter {

        private final Sparsifier sparsifier;
        private final Block block;
        private @Nullable LastRefresh last;

        /** Takes the block that the Sparsifier wrapped. */
        Recorder(Sparsifier sparsifier, Block block) {
            this.sparsifier = sparsifier;
            this.block = block;
        }

        @Override
        public void onTrainingBatch(Trainer trainer, BatchData batchData) {
            SparsityReport report = sparsifier.report();
            if (report.refreshes() > (last == null ? 0 : last.report().refreshes())) {
                last = new LastRefresh(report, keptMagnitude(report));
            }
        }

        private double keptMagnitude(SparsityReport report) {
            double kept = 0;
            double all = 0;
            for (LayerSparsity layer : report.layers()) {
                Mask mask = layer.mask();
                if (mask != null) {
                    float[] weights =
                            block.getParameters().get(layer.name()).getArray().toFloatArray();
                    double magnitude = 0;
                    for (float weight : weights) {
                        magnitude += Math.abs(weight);
                    }
                    kept += mask.getKeptMagnitude(weights) * magnitude;
                    all += magnitude;
                }
            }
            return all == 0 ? 1 : kept / all;
        }

        /** Returns the last refresh, or null if there was none. */
        @Nullable LastRefresh getLast() {
            return last;
        }
    }
}
