package org.djlsparse.convert;

import org.djlsparse.internal.text.TextTable;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The result of a conversion. Its {@code toString()} is a table.
 *
 * @param settings a description of the settings
 * @param samples the number of calibration samples
 * @param seconds the duration in seconds
 * @param layers one entry per parameter, in the model's order; a parameter that several blocks
 *     share appears once
 * @param metrics the metrics of the whole model, one entry per evaluator; empty without validation
 * @param batchNorms the number of batch norms whose statistics were recomputed
 * @param warnings descriptions of probable mistakes: regular expressions that match no parameter
 */
public record AdaPruneReport(
        String settings,
        long samples,
        double seconds,
        List<LayerConversion> layers,
        List<MetricChange> metrics,
        int batchNorms,
        List<String> warnings) {

    /** Creates a report. */
    public AdaPruneReport {
        layers = List.copyOf(layers);
        metrics = List.copyOf(metrics);
        warnings = List.copyOf(warnings);
    }

    /**
     * Returns the result for one layer.
     *
     * @param name the parameter's name; any of them if it has several
     * @return the layer's entry
     * @throws IllegalArgumentException if no parameter has this name
     */
    public LayerConversion getLayer(String name) {
        return layers.stream()
                .filter(layer -> layer.name().equals(name) || layer.otherNames().contains(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "layer \"" + name + "\": no such parameter"));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(Locale.ROOT, "%s; %d samples, %.1f s%n", settings, samples, seconds));
        TextTable table = new TextTable();
        table.add("layer", "pattern", "kept", "magnitude", "error before", "after", "weights");
        layers.stream()
                .filter(LayerConversion::isMasked)
                .forEach(
                        layer ->
                                table.add(
                                        layer.name(),
                                        String.valueOf(layer.pattern()),
                                        TextTable.percent(layer.density()),
                                        TextTable.percent(layer.keptMagnitude()),
                                        error(layer.errorBefore()),
                                        error(layer.errorAfter()),
                                        layer.method()));
        text.append(table);
        Map<String, Integer> vectors = new TreeMap<>();
        for (LayerConversion layer : layers) {
            if (layer.reason() != null && layer.shape().dimension() < 2) {
                vectors.merge(layer.reason(), 1, Integer::sum);
            } else if (layer.reason() != null) {
                text.append(layer.name())
                        .append(' ')
                        .append(layer.shape())
                        .append(layer.isMasked() ? ": only masked: " : ": dense: ")
                        .append(layer.reason())
                        .append(System.lineSeparator());
            }
        }
        layers.stream()
                .filter(layer -> !layer.otherNames().isEmpty() && layer.shape().dimension() >= 2)
                .forEach(
                        layer ->
                                text.append(layer.name())
                                        .append(": the same weight as ")
                                        .append(String.join(", ", layer.otherNames()))
                                        .append(System.lineSeparator()));
        vectors.forEach(
                (reason, count) ->
                        text.append(count)
                                .append(count == 1 ? " vector: dense: " : " vectors: dense: ")
                                .append(reason)
                                .append(System.lineSeparator()));
        if (batchNorms > 0) {
            text.append(batchNorms)
                    .append(" batch norms with new statistics")
                    .append(System.lineSeparator());
        }
        for (MetricChange metric : metrics) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%s: dense %.5f, magnitude masks %.5f, converted %.5f%n",
                            metric.name(),
                            metric.dense(),
                            metric.magnitude(),
                            metric.converted()));
        }
        warnings.forEach(
                warning -> text.append("warning: ").append(warning).append(System.lineSeparator()));
        return text.toString();
    }

    private static String error(@Nullable Double error) {
        return error == null ? "-" : String.format(Locale.ROOT, "%.4f", error);
    }
}
