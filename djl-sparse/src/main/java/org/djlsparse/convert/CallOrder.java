package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;

import org.djlsparse.torch.LeastSquares;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * In which order the forward pass calls the layers, and how often for each batch of samples; found
 * by watching one pass over all of them.
 */
final class CallOrder {

    private final List<Map<ConvertedLayer, Integer>> calls = new ArrayList<>(); // batch by batch
    private final Set<ConvertedLayer> order = new LinkedHashSet<>(); // by first call
    private final Set<ConvertedLayer> sharing =
            new LinkedHashSet<>(); // the input of the one before
    private @Nullable NDArray lastInput;

    void beginBatch() {
        calls.add(new HashMap<>());
        lastInput = null;
    }

    void add(ConvertedLayer layer, Block called, NDArray input, NDArray output) {
        layer.countPositions(output.getShape().size() / layer.getShape().rows());
        calls.get(calls.size() - 1).merge(layer, 1, Integer::sum);
        if (order.add(layer) && input == lastInput) {
            sharing.add(layer);
        }
        lastInput = input;
    }

    /** How often the layers are called for a batch. */
    long calls(int batch, Collection<ConvertedLayer> layers) {
        return layers.stream().mapToLong(layer -> calls.get(batch).getOrDefault(layer, 0)).sum();
    }

    /**
     * Returns the layers in groups that are fitted together, in their order: those of a group have
     * the same input, such as query, key and value of attention, if sequential, and their sums take
     * no more than so many bytes, unless it is one layer.
     */
    List<List<ConvertedLayer>> stages(boolean sequential, long bytes) {
        List<List<ConvertedLayer>> stages = new ArrayList<>();
        long taken = 0;
        for (ConvertedLayer layer : order) {
            long own = LeastSquares.getBytes(layer.getInputs(), layer.getShape().rows());
            boolean joins = !stages.isEmpty() && (!sequential || sharing.contains(layer));
            if (joins && own <= bytes - taken) {
                stages.get(stages.size() - 1).add(layer);
                taken += own;
            } else {
                stages.add(new ArrayList<>(List.of(layer)));
                taken = own;
            }
        }
        return stages;
    }
}
