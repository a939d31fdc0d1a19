package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import org.djlsparse.internal.convert.FittedLayer;
import org.djlsparse.internal.convert.LayerGroup;
import org.djlsparse.internal.convert.LayerSums;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The fit of some layers on machines that have the samples. */
final class GroupFit implements LayerGroup {

    private static final long serialVersionUID = 1;

    private final String name;
    private final LayerTask[] tasks;
    private final long[][] positions; // by layer and part
    private final int[] parts;
    private final int allParts;
    private final MaskScore score;
    private final boolean closedForm;
    private final double damping;
    private final long samples;
    private final int positionsPerInput;
    private final long scratchBytes;

    /**
     * Creates a task.
     *
     * @param name the group's name
     * @param tasks the layers
     * @param positions the number of positions of each layer, by part
     * @param parts the numbers of the parts that have samples
     * @param settings the settings, with a method that needs no rows
     */
    GroupFit(
            String name,
            List<LayerTask> tasks,
            long[][] positions,
            int[] parts,
            AdaPruneSettings settings) {
        this.name = name;
        this.tasks = tasks.toArray(LayerTask[]::new);
        this.positions = positions;
        this.parts = parts;
        allParts = positions[0].length;
        score = settings.score();
        closedForm = settings.method().usesSums();
        damping = settings.method().getDamping();
        samples = settings.samples();
        positionsPerInput = settings.positionsPerInput();
        scratchBytes = settings.scratchBytes();
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public int size() {
        return tasks.length;
    }

    @Override
    public int[] getParts() {
        return parts.clone();
    }

    @Override
    public Stream<LayerSums> sum(int part, Block block, Iterable<NDList> inputs) {
        ModelCopyPass pass = new ModelCopyPass(block, List.of(tasks));
        try {
            List<ConvertedLayer> layers = pass.getLayers();
            Map<ConvertedLayer, LayerFit> fits = new LinkedHashMap<>();
            Map<ConvertedLayer, Long> seen = new HashMap<>();
            for (int i = 0; i < tasks.length; i++) {
                ConvertedLayer layer = layers.get(i);
                fits.put(layer, newFit(i, layer, part, pass.getManager()));
            }
            Calibration calibration =
                    Calibration.ofPart(inputs, part, allParts, samples, pass.getManager());
            pass.run(
                    calibration,
                    (layer, called, input, output) -> {
                        Objects.requireNonNull(fits.get(layer)).add(called, input, output);
                        long count = output.getShape().size() / layer.getShape().rows();
                        seen.merge(layer, count, Long::sum);
                    });
            for (int i = 0; i < tasks.length; i++) {
                checkSame(i, part, seen.getOrDefault(layers.get(i), 0L));
            }
            return layers.stream().map(layer -> takeSums(fits, layer)).onClose(pass::close);
        } catch (RuntimeException e) {
            pass.close();
            throw e;
        }
    }

    /** Copies sums to the heap and frees them. */
    private static LayerSums takeSums(Map<ConvertedLayer, LayerFit> fits, ConvertedLayer layer) {
        try (LayerFit fit = Objects.requireNonNull(fits.remove(layer))) {
            return fit.getSums();
        }
    }

    private void checkSame(int layer, int part, long count) {
        if (count != positions[layer][part]) {
            throw new IllegalStateException(
                    "part "
                            + (part + 1)
                            + " of "
                            + allParts
                            + ": has other samples than at the first reading: "
                            + count
                            + " positions of a layer instead of "
                            + positions[layer][part]);
        }
    }

    @Override
    public FittedLayer fit(int index, LayerSums sums, Block block) {
        ConvertedLayer layer = ModelCopyPass.find(block, List.of(tasks[index])).get(0);
        NDArray array = layer.getParameter().getArray();
        try (NDManager manager = array.getManager().newSubManager(array.getDevice());
                LayerFit fit = newFit(index, layer, 0, manager)) {
            fit.add(sums);
            layer.maskByMagnitude();
            Map<Parameter, NDArray> values = new HashMap<>();
            fit.finish(score, values, manager);
            NDArray weight = Objects.requireNonNull(values.get(layer.getParameter()));
            Parameter bias = layer.getOwnBias();
            NDArray newBias = bias == null ? null : values.get(bias);
            return layer.getFigures(weight.encode(), newBias == null ? null : newBias.encode());
        }
    }

    private LayerFit newFit(int index, ConvertedLayer layer, int part, NDManager manager) {
        ReconstructionMethod method =
                closedForm
                        ? ReconstructionMethod.closedForm(damping)
                        : ReconstructionMethod.maskOnly();
        layer.countPositions(Arrays.stream(positions[index]).sum());
        long before = Arrays.stream(positions[index], 0, part).sum();
        return new LayerFit(layer, method, manager, positionsPerInput, before, scratchBytes);
    }
}
