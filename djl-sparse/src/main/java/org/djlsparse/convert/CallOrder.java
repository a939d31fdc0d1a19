package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;

import org.djlsparse.internal.torch.LeastSquares;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * The order in which the forward pass calls the layers, and their inputs for each batch of samples,
 * observed in one pass over all batches. Arrays are only compared by identity, because they are
 * closed when the pass ends.
 */
final class CallOrder {

    private final List<Map<ConvertedLayer, List<NDArray>>> inputs = new ArrayList<>(); // by batch
    private final Set<ConvertedLayer> order = new LinkedHashSet<>(); // by first call

    void beginBatch() {
        inputs.add(new HashMap<>());
    }

    void add(ConvertedLayer layer, Block called, NDArray input, NDArray output) {
        layer.countPositions(output.getShape().size() / layer.getShape().rows());
        order.add(layer);
        inputs.get(inputs.size() - 1)
                .computeIfAbsent(layer, ignored -> new ArrayList<>())
                .add(input);
    }

    /** Returns the called layers, in order of their first calls. */
    List<ConvertedLayer> getOrder() {
        return List.copyOf(order);
    }

    /** Returns the number of calls of some layers for a batch. */
    long calls(int batch, Collection<ConvertedLayer> layers) {
        return layers.stream().mapToLong(layer -> inputsOf(batch, layer).size()).sum();
    }

    private List<NDArray> inputsOf(int batch, ConvertedLayer layer) {
        return inputs.get(batch).getOrDefault(layer, List.of());
    }

    /**
     * Returns the layers in order of their calls, in groups that are fitted together. In sequential
     * mode, the layers of a group have the same input in each call, such as query, key and value of
     * attention. The sums of a group need at most the given number of bytes, unless it consists of
     * one layer.
     */
    List<List<ConvertedLayer>> stages(boolean sequential, long bytes) {
        return stages(order, bytes, (one, next) -> !sequential || haveSameInputs(one, next));
    }

    /**
     * Returns layers in groups whose sums need at most the given number of bytes each, unless a
     * group consists of one layer.
     *
     * @param mayJoin whether a layer may be in the group of the one before it
     */
    static List<List<ConvertedLayer>> stages(
            Collection<ConvertedLayer> order,
            long bytes,
            BiPredicate<ConvertedLayer, ConvertedLayer> mayJoin) {
        List<List<ConvertedLayer>> stages = new ArrayList<>();
        long taken = 0;
        ConvertedLayer before = null;
        for (ConvertedLayer layer : order) {
            long own = LeastSquares.getBytes(layer.getInputs(), layer.getShape().rows());
            boolean joins = before != null && mayJoin.test(before, layer);
            if (joins && own <= bytes - taken) {
                stages.get(stages.size() - 1).add(layer);
                taken += own;
            } else {
                stages.add(new ArrayList<>(List.of(layer)));
                taken = own;
            }
            before = layer;
        }
        return stages;
    }

    private boolean haveSameInputs(ConvertedLayer one, ConvertedLayer other) {
        for (int batch = 0; batch < inputs.size(); batch++) {
            List<NDArray> first = inputsOf(batch, one);
            List<NDArray> second = inputsOf(batch, other);
            if (first.size() != second.size()) {
                return false;
            }
            for (int call = 0; call < first.size(); call++) {
                if (first.get(call) != second.get(call)) {
                    return false;
                }
            }
        }
        return true;
    }
}
