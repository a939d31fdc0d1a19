package org.djlsparse;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;

import org.djlsparse.internal.nn.SensitivityTrial;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.internal.text.TextTable;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A report on how masks change the loss of a model, layer by layer and pattern by pattern. It helps
 * to decide which layers should stay dense and which pattern the others should get ({@link
 * org.djlsparse.layer.LayerPolicy}). One layer is masked at a time, so the combined effect of
 * several masks is not measured. The report's {@code toString()} is a table.
 *
 * @param denseLoss the loss of the dense model
 * @param patterns the measured patterns
 * @param layers one entry per pattern and layer that can carry it, ordered by pattern and then as
 *     in the model; a weight that several blocks share is one layer, under its first name
 */
public record SensitivityReport(
        double denseLoss, List<NmPattern> patterns, List<LayerSensitivity> layers) {

    /** Creates a report. */
    public SensitivityReport {
        patterns = List.copyOf(patterns);
        layers = List.copyOf(layers);
    }

    /**
     * Measures all layers that can carry a mask, with the default solver.
     *
     * @param block the model's block, initialized and not wrapped; it is not changed
     * @param patterns the patterns to measure
     * @param data the batch on which the loss is computed, on the device of the weights
     * @param labels its labels
     * @param loss the loss
     * @return the report
     * @throws IllegalArgumentException as {@link #measure(Block, List, NDList, NDList, Loss,
     *     MaskSolver, LayerSelector)} does
     */
    public static SensitivityReport measure(
            Block block, List<NmPattern> patterns, NDList data, NDList labels, Loss loss) {
        return measure(block, patterns, data, labels, loss, MaskSolver.auto(), LayerSelector.all());
    }

    /**
     * Measures the selected layers. The cost is one mask and one forward pass in evaluation mode
     * for each layer and pattern.
     *
     * @param block the model's block, initialized and not wrapped; it is not changed
     * @param patterns the patterns to measure
     * @param data the batch on which the loss is computed, on the device of the weights
     * @param labels its labels
     * @param loss the loss
     * @param solver the solver that computes the masks
     * @param layers the layers to measure
     * @return the report
     * @throws IllegalArgumentException if the block is not initialized or is wrapped, patterns or
     *     data are empty, the solver does not support a pattern, a weight is not finite, or a named
     *     layer cannot carry a pattern
     */
    public static SensitivityReport measure(
            Block block,
            List<NmPattern> patterns,
            NDList data,
            NDList labels,
            Loss loss,
            MaskSolver solver,
            LayerSelector layers) {
        SparseBlock.checkPlain(block);
        if (patterns.isEmpty()) {
            throw new IllegalArgumentException("patterns: must name at least one");
        }
        if (data.isEmpty()) {
            throw new IllegalArgumentException("data: must hold at least one array");
        }
        double dense = denseLoss(block, data, labels, loss);
        List<LayerSensitivity> measured = new ArrayList<>();
        for (NmPattern pattern : patterns) {
            for (String layer : SensitivityTrial.findLayers(block, pattern, layers)) {
                try (SensitivityTrial trial = new SensitivityTrial(block, layer, pattern, solver)) {
                    double change = maskedLoss(trial, data, labels, loss) - dense;
                    measured.add(
                            new LayerSensitivity(layer, pattern, trial.getKeptMagnitude(), change));
                }
            }
        }
        return new SensitivityReport(dense, patterns, measured);
    }

    private static double denseLoss(Block block, NDList data, NDList labels, Loss loss) {
        try (NDManager scratch = data.head().getManager().newSubManager()) {
            // Intermediate arrays are closed with the manager; data and labels return to theirs.
            scratch.tempAttachAll(data, labels);
            NDList output = block.forward(new ParameterStore(scratch, false), data, false);
            return loss.evaluate(labels, output).getFloat();
        }
    }

    private static double maskedLoss(
            SensitivityTrial trial, NDList data, NDList labels, Loss loss) {
        try (NDManager scratch = data.head().getManager().newSubManager()) {
            scratch.tempAttachAll(data, labels);
            return loss.evaluate(labels, trial.forward(data, scratch)).getFloat();
        }
    }

    @Override
    public String toString() {
        TextTable table = new TextTable();
        List<String> header = new ArrayList<>(List.of("layer"));
        for (NmPattern pattern : patterns) {
            header.add(pattern + " kept");
            header.add("loss");
        }
        table.add(header.toArray(String[]::new));
        Set<String> names = new LinkedHashSet<>();
        layers.forEach(layer -> names.add(layer.name()));
        for (String name : names) {
            List<String> row = new ArrayList<>(List.of(name));
            for (NmPattern pattern : patterns) {
                row.addAll(cells(name, pattern));
            }
            table.add(row.toArray(String[]::new));
        }
        return String.format(Locale.ROOT, "dense loss %.5f%n", denseLoss) + table;
    }

    private List<String> cells(String name, NmPattern pattern) {
        return layers.stream()
                .filter(layer -> layer.name().equals(name) && layer.pattern().equals(pattern))
                .findFirst()
                .map(
                        layer ->
                                List.of(
                                        TextTable.percent(layer.keptMagnitude()),
                                        String.format(Locale.ROOT, "%+.5f", layer.lossChange())))
                .orElse(List.of("-", "-"));
    }
}
