package org.djlsparse.notebooks;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.run.LayerSample;
import org.djlsparse.training.LayerRefresh;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A Sparsifier's history, refresh by refresh. */
final class Refreshes {

    private Refreshes() {}

    /** Gathers the layers of each refresh, by step, counted from 1 on as the charts do. */
    static SortedMap<Integer, List<LayerSample>> of(List<LayerRefresh> history) {
        SortedMap<Integer, List<LayerSample>> refreshes = new TreeMap<>();
        for (LayerRefresh refresh : history) {
            int step = Math.toIntExact(refresh.step() + 1);
            List<LayerSample> layers = refreshes.computeIfAbsent(step, s -> new ArrayList<>());
            // The first masks flip nothing.
            boolean first = refreshes.firstKey() == step;
            layers.add(
                    new LayerSample(
                            refresh.name(),
                            first ? null : refresh.flipRate(),
                            refresh.keptMagnitude()));
        }
        return refreshes;
    }
}
