package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;

import org.djlsparse.internal.convert.FittedLayer;
import org.djlsparse.internal.convert.PartCalls;
import org.djlsparse.internal.convert.SampleCluster;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The fits of a conversion in parallel mode whose samples are on other machines. */
final class ClusterFit {

    private final AdaPruneSettings settings;
    private final List<ConvertedLayer> layers;
    private final List<LayerTask> tasks;
    private final SampleCluster cluster;
    private final ModelPass pass;
    private List<PartCalls> parts = List.of();

    /**
     * Creates the fits.
     *
     * @param layers the layers to be fitted
     */
    ClusterFit(
            AdaPruneSettings settings,
            List<ConvertedLayer> layers,
            SampleCluster cluster,
            ModelPass pass) {
        this.settings = settings;
        this.layers = layers;
        this.cluster = cluster;
        this.pass = pass;
        tasks = layers.stream().map(LayerTask::new).toList();
    }

    /**
     * Checks settings before anything is sent.
     *
     * @throws IllegalArgumentException if the layers depend on each other, or the method needs more
     *     than sums
     */
    static void check(AdaPruneSettings settings) {
        if (settings.mode() != CalibrationMode.PARALLEL) {
            throw new IllegalArgumentException(
                    "mode "
                            + settings.mode().name().toLowerCase(Locale.ROOT)
                            + ": must be parallel on a cluster, where layers are fitted"
                            + " independently of each other");
        }
        if (settings.method().usesRows()) {
            throw new IllegalArgumentException(
                    "method "
                            + settings.method().getName()
                            + ": must be the closed form or mask only on a cluster, which sends"
                            + " sums instead of samples");
        }
    }

    /** Observes the calls of the layers on the cluster's samples. */
    void observe() {
        pass.checkCancelled();
        parts = cluster.observe(new PositionCount(tasks, settings.samples()), pass::checkCancelled);
        if (getSamples() == 0) {
            throw new IllegalArgumentException(
                    "calibration data: must hold at least one sample; each of "
                            + parts.size()
                            + " parts is empty");
        }
        for (int i = 0; i < layers.size(); i++) {
            int index = i;
            long positions = parts.stream().mapToLong(part -> part.getPositions(index)).sum();
            layers.get(i).countPositions(positions);
            if (positions == 0) {
                layers.get(i).refuse(ConvertedLayer.NOT_CALLED);
            }
        }
    }

    /** Returns the number of samples of all parts together. */
    long getSamples() {
        return parts.stream().mapToLong(PartCalls::getSamples).sum();
    }

    /**
     * Fits the layers, in groups whose sums fit into the memory of one machine.
     *
     * @param values receives the new weights and biases, which belong to the given owner
     */
    void fit(Map<Parameter, NDArray> values, NDManager owner) {
        Set<ConvertedLayer> order = new LinkedHashSet<>();
        for (PartCalls part : parts) {
            for (int index : part.getOrder()) {
                order.add(layers.get(index));
            }
        }
        List<List<ConvertedLayer>> groups =
                CallOrder.stages(order, settings.sumBytes(), (one, next) -> true);
        settings.progress().begin(groups.size());
        try {
            int first = 1;
            for (List<ConvertedLayer> group : groups) {
                pass.checkCancelled();
                int last = first + group.size() - 1;
                String name =
                        (first == last ? "layer " + first : "layers " + first + " to " + last)
                                + " of "
                                + order.size();
                List<FittedLayer> fitted = cluster.fit(task(name, group), pass::checkCancelled);
                for (int i = 0; i < group.size(); i++) {
                    put(group.get(i), fitted.get(i), values, owner);
                }
                first = last + 1;
                settings.progress().step();
            }
        } finally {
            settings.progress().end();
        }
    }

    private GroupFit task(String name, List<ConvertedLayer> group) {
        int[] indices = group.stream().mapToInt(layers::indexOf).toArray();
        List<LayerTask> chosen = IntStream.of(indices).mapToObj(tasks::get).toList();
        long[][] positions =
                IntStream.of(indices)
                        .mapToObj(i -> parts.stream().mapToLong(p -> p.getPositions(i)).toArray())
                        .toArray(long[][]::new);
        int[] filled =
                IntStream.range(0, parts.size())
                        .filter(part -> parts.get(part).getSamples() > 0)
                        .toArray();
        return new GroupFit(name, chosen, positions, filled, settings);
    }

    private void put(
            ConvertedLayer layer,
            FittedLayer fitted,
            Map<Parameter, NDArray> values,
            NDManager owner) {
        layer.setFigures(fitted, settings.method().getName());
        put(layer.getParameter(), fitted.getWeight(), values, owner);
        Parameter bias = layer.getOwnBias();
        byte[] newBias = fitted.getBias();
        if (bias != null && newBias != null) {
            put(bias, newBias, values, owner);
        }
    }

    private static void put(
            Parameter parameter, byte[] encoded, Map<Parameter, NDArray> values, NDManager owner) {
        try (NDArray decoded = NDArray.decode(owner, encoded)) {
            // A copy, because what is decoded shares memory with Java.
            values.put(parameter, Weights.typed(decoded, parameter.getArray(), owner));
        }
    }
}
