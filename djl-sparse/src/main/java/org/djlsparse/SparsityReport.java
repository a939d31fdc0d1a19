package org.djlsparse;

import org.djlsparse.internal.text.TextTable;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A report on the masks of a wrapped model at one point of training, layer by layer. Its {@code
 * toString()} is a table of the masked layers, followed by the dense layers with their reasons, and
 * by warnings.
 *
 * @param pattern the pattern of all layers to which no policy assigns another
 * @param schedule a description of the schedule
 * @param rule a description of the gradient rule
 * @param step the number of training batches so far
 * @param refreshes the number of refreshes since the model was wrapped, including the first
 * @param refreshSeconds the time of these refreshes, in seconds
 * @param layers every parameter once, with its mask or the reason why it is dense, in the model's
 *     order
 * @param kernels how the products of each masked layer are computed, by its name: a kernel, or
 *     {@code dense: } and the reason; with sampled weight gradients, followed by {@code ; weight
 *     gradient sampled} or {@code ; weight gradient exact}; empty if no kernel was set
 * @param warnings descriptions of probable mistakes: regular expressions that match no parameter,
 *     training without a listener, masks of frozen weights
 */
public record SparsityReport(
        NmPattern pattern,
        String schedule,
        String rule,
        long step,
        long refreshes,
        double refreshSeconds,
        List<LayerSparsity> layers,
        Map<String, String> kernels,
        List<String> warnings) {

    /** Creates a report. */
    public SparsityReport {
        layers = List.copyOf(layers);
        kernels = Collections.unmodifiableMap(new LinkedHashMap<>(kernels));
        warnings = List.copyOf(warnings);
    }

    /**
     * Returns the kept fraction of all entries that have masks.
     *
     * @return the density, from 0 to 1; 1 without masks
     */
    public double getDensity() {
        long all = masks().stream().mapToLong(mask -> mask.getShape().size()).sum();
        return all == 0 ? 1 : (double) masks().stream().mapToLong(Mask::getKeptCount).sum() / all;
    }

    /**
     * Returns the fraction of all mask entries that the last refresh changed.
     *
     * @return the flip rate over all masks, from 0 to 1; 0 before the second refresh
     */
    public double getFlipRate() {
        long all = masks().stream().mapToLong(mask -> mask.getShape().size()).sum();
        long flips = layers.stream().mapToLong(LayerSparsity::flips).sum();
        return all == 0 ? 0 : (double) flips / all;
    }

    /**
     * Returns whether each mask is valid both ways: the weight and its transpose satisfy the
     * pattern.
     *
     * @return {@code true} if there is at least one mask, and each is transposable
     */
    public boolean isTransposable() {
        return all(Mask::isTransposable);
    }

    /**
     * Returns whether each mask is valid along rows: the weight satisfies the pattern.
     *
     * @return {@code true} if there is at least one mask, and each is valid along rows
     */
    public boolean isValidAlongRows() {
        return all(Mask::isValidAlongRows);
    }

    private boolean all(Predicate<Mask> property) {
        List<Mask> masks = masks();
        return !masks.isEmpty() && masks.stream().allMatch(property);
    }

    private List<Mask> masks() {
        List<Mask> masks = new ArrayList<>();
        for (LayerSparsity layer : layers) {
            Mask mask = layer.mask();
            if (mask != null) {
                masks.add(mask);
            }
        }
        return masks;
    }

    @Override
    public String toString() {
        TextTable table = new TextTable();
        table.add("layer", "shape", "pattern", "density", "flips", "rows", "columns", "solver");
        Map<String, Integer> others = new TreeMap<>();
        List<String> dense = new ArrayList<>();
        for (LayerSparsity layer : layers) {
            Mask mask = layer.mask();
            String shape = layer.shape() == null ? "?" : layer.shape().toString();
            if (layer.isChosen()) {
                table.add(
                        layer.frozen() ? layer.name() + " (frozen)" : layer.name(),
                        shape,
                        String.valueOf(layer.pattern()),
                        mask == null ? "-" : TextTable.percent(layer.getDensity()),
                        mask == null ? "-" : TextTable.percent(layer.getFlipRate()),
                        mask == null ? "-" : validity(mask.isValidAlongRows()),
                        mask == null ? "-" : validity(mask.isValidAlongColumns()),
                        String.valueOf(layer.solver()));
            } else if (isVector(layer)) {
                others.merge(String.valueOf(layer.reason()), 1, Integer::sum);
            } else {
                dense.add("  " + layer.name() + " " + shape + ": " + layer.reason());
            }
        }
        StringBuilder text = new StringBuilder();
        text.append(pattern)
                .append(" masks, ")
                .append(schedule)
                .append(", ")
                .append(rule)
                .append(
                        String.format(
                                Locale.ROOT,
                                "; step %d, %d refreshes in %.3f s%n",
                                step,
                                refreshes,
                                refreshSeconds));
        text.append(table);
        kernels.forEach(
                (layer, kernel) ->
                        text.append("products of ")
                                .append(layer)
                                .append(": ")
                                .append(kernel)
                                .append(System.lineSeparator()));
        if (!dense.isEmpty() || !others.isEmpty()) {
            text.append("left dense:").append(System.lineSeparator());
            dense.forEach(line -> text.append(line).append(System.lineSeparator()));
            others.forEach(
                    (reason, count) ->
                            text.append("  ")
                                    .append(count)
                                    .append(count == 1 ? " vector: " : " vectors: ")
                                    .append(reason)
                                    .append(System.lineSeparator()));
        }
        List<String> shared =
                layers.stream()
                        .filter(layer -> !layer.otherNames().isEmpty() && !isVector(layer))
                        .map(layer -> "  " + layer.name() + ": " + names(layer))
                        .toList();
        if (!shared.isEmpty()) {
            text.append("other names of the same weight:").append(System.lineSeparator());
            shared.forEach(line -> text.append(line).append(System.lineSeparator()));
        }
        warnings.forEach(
                warning -> text.append("warning: ").append(warning).append(System.lineSeparator()));
        return text.toString();
    }

    private static boolean isVector(LayerSparsity layer) {
        return layer.shape() != null && layer.shape().dimension() < 2;
    }

    private static String names(LayerSparsity layer) {
        return String.join(", ", layer.otherNames());
    }

    private static String validity(boolean valid) {
        return valid ? "valid" : "no";
    }
}
