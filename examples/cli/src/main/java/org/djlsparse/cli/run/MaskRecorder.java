package org.djlsparse.cli.run;

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

import org.djlsparse.Sparsifier;
import org.djlsparse.SparsityReport;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Looks at the masks after each step that refreshed them. The optimizer has not moved the weights
 * by then, so they are those that the masks were made from.
 *
 * <p>Cost: a report a step; at a refresh, a pass over the masked weights on the heap.
 */
final class MaskRecorder extends TrainingListenerAdapter {

    private final Sparsifier sparsifier;
    private final Block block;
    private final List<Double> refreshSeconds = new ArrayList<>();
    private final List<RefreshSample> refreshes = new ArrayList<>();
    private double secondsBefore;
    private @Nullable SparsityReport last;

    /** Takes the block that the Sparsifier wrapped. */
    MaskRecorder(Sparsifier sparsifier, Block block) {
        this.sparsifier = sparsifier;
        this.block = block;
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        SparsityReport report = sparsifier.report();
        refreshSeconds.add(report.refreshSeconds() - secondsBefore);
        secondsBefore = report.refreshSeconds();
        if (report.refreshes() > (last == null ? 0 : last.refreshes())) {
            refreshes.add(sample(report));
            last = report;
        }
    }

    private RefreshSample sample(SparsityReport report) {
        boolean first = report.refreshes() == 1;
        List<LayerSample> layers = new ArrayList<>();
        double keptMagnitude = 0;
        double magnitude = 0;
        for (LayerSparsity layer : report.layers()) {
            Mask mask = layer.mask();
            if (mask != null) {
                float[] weights = block.getParameters().get(layer.name()).getArray().toFloatArray();
                double share = mask.getKeptMagnitude(weights);
                double sum = magnitude(weights);
                keptMagnitude += share * sum;
                magnitude += sum;
                layers.add(
                        new LayerSample(layer.name(), first ? null : layer.getFlipRate(), share));
            }
        }
        return new RefreshSample(
                refreshSeconds.size(),
                first ? null : report.getFlipRate(),
                magnitude == 0 ? 1 : keptMagnitude / magnitude,
                layers);
    }

    private static double magnitude(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += Math.abs(weight);
        }
        return sum;
    }

    MaskTelemetry getTelemetry() {
        return new MaskTelemetry(refreshSeconds, refreshes, last);
    }
}
