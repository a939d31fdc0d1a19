package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A block with one layer masked and all others dense, to measure the effect of one mask. The block
 * itself does not change. Holds a mask on the weight's device until it is closed.
 */
public final class SensitivityTrial implements AutoCloseable {

    private final Block block;
    private final FoundMask found;
    private final MaskedLayer masked;

    /**
     * Finds the mask of a layer.
     *
     * @param block the block, initialized and not wrapped
     * @param layer the parameter's name
     * @param pattern the pattern
     * @param solver the solver
     * @throws IllegalArgumentException if the layer does not exist, is inside a module of the
     *     engine or cannot carry the pattern, if the solver does not support the pattern, or if a
     *     weight is not finite
     */
    public SensitivityTrial(Block block, String layer, NmPattern pattern, MaskSolver solver) {
        MaskConfig config = new MaskConfig(pattern, solver, GradientFlow.MASKED);
        LayerChoice chosen =
                choices(block, LayerSelector.named(layer), config)
                        .filter(LayerChoice::isChosen)
                        .findFirst()
                        .orElseThrow();
        if (chosen.inPlace()) {
            throw new IllegalArgumentException(
                    "layer \""
                            + layer
                            + "\": is inside a module of the engine, whose weight a trial would"
                            + " have to change");
        }
        Parameter parameter = chosen.parameter();
        this.block = block;
        try (MaskSearch search =
                MaskSearch.of(
                        layer,
                        parameter.getArray(),
                        MaskedLayer.weightShape(parameter),
                        config,
                        false)) {
            found = search.run();
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        masked = new MaskedLayer(layer, parameter, config, false, found, 0);
    }

    /**
     * Lists the layers of a block that can carry a pattern, except those inside a module of the
     * engine.
     *
     * @param block the block
     * @param pattern the pattern
     * @param layers the layers to consider
     * @return the names of the parameters, in the block's order; the first name of a parameter that
     *     has several
     */
    public static List<String> findLayers(Block block, NmPattern pattern, LayerSelector layers) {
        MaskConfig config = new MaskConfig(pattern, MaskSolver.auto(), GradientFlow.MASKED);
        return choices(block, layers, config)
                .filter(choice -> choice.isChosen() && !choice.inPlace())
                .map(LayerChoice::name)
                .toList();
    }

    private static Stream<LayerChoice> choices(
            Block block, LayerSelector layers, MaskConfig config) {
        return MaskableLayers.choose(
                block, ResolvedPolicy.of(layers, config), MaskableLayers.FrozenMasks.NONE)
                .stream();
    }

    /**
     * Returns the share of the layer's magnitude that its mask keeps.
     *
     * @return the share, from 0 to 1
     */
    public double getKeptMagnitude() {
        return found.keptMagnitude();
    }

    /**
     * Evaluates the block with the layer masked.
     *
     * @param data the input, on the device of the weights
     * @param manager a manager on that device, for the masked weights; the output belongs to the
     *     input's manager
     * @return the output
     */
    public NDList forward(NDList data, NDManager manager) {
        ParameterStore store = new ParameterStore(manager, false);
        Map<String, MaskedLayer> layers = Map.of(masked.getParameter().getId(), masked);
        return block.forward(new MaskedParameterStore(store, layers, manager), data, false);
    }

    @Override
    public void close() {
        masked.close();
    }
}
