package org.djlsparse.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * What configurations decide for one parameter of an initialized block.
 *
 * @param names the parameter's names; several if several blocks share it
 * @param parameter the parameter
 * @param reason why it gets no mask, in words; null if it does
 * @param pattern the pattern of its mask; null if it gets none
 * @param solver finds the mask; null if it gets none
 * @param byLast whether the last entry decided, which is for what no other chooses
 * @param inEngine whether it is inside a module of the engine, which reads it past any store
 */
public record LayerChoice(
        List<String> names,
        Parameter parameter,
        @Nullable String reason,
        @Nullable NmPattern pattern,
        @Nullable MaskSolver solver,
        boolean byLast,
        boolean inEngine) {

    /**
     * Decides for each parameter of a block, each once: one that several blocks share by all of its
     * names. What is frozen stays dense unless a selector asks for it, or it is inside a module of
     * the engine.
     *
     * @param block the block, initialized
     * @param configs which layers get which masks
     * @return the choices, in the block's order
     * @throws IllegalArgumentException if a layer was named that does not exist or cannot carry its
     *     pattern, or the names of one parameter have different masks
     */
    public static List<LayerChoice> of(Block block, LayerConfigs configs) {
        return MaskableLayers.choose(block, configs, MaskableLayers.FrozenMasks.IN_PLACE).stream()
                .map(choice -> of(choice, configs))
                .toList();
    }

    /**
     * Says which weights of two or more dimensions are no product's, so that they get no mask
     * unless they are named: embeddings, weights of grouped convolutions and of blocks that the
     * library does not know. Patterns do not matter.
     *
     * @param block the block, initialized
     * @return the reasons by parameter name, in the block's order
     */
    public static Map<String, String> notOfProducts(Block block) {
        return MaskableLayers.notOfProducts(block);
    }

    private static LayerChoice of(MaskableLayers.Choice choice, LayerConfigs configs) {
        MaskConfig config = choice.config();
        LayerConfig last = configs.entries().get(configs.entries().size() - 1);
        return new LayerChoice(
                choice.names(),
                choice.parameter(),
                choice.reason(),
                config == null ? null : config.pattern(),
                config == null ? null : config.solver(),
                config == last,
                choice.inPlace());
    }

    /**
     * Leaves the first and the last of the parameters dense that get a mask.
     *
     * @param choices the choices, in the block's order
     * @return the choices
     */
    public static List<LayerChoice> withFirstAndLastDense(List<LayerChoice> choices) {
        List<LayerChoice> masked = choices.stream().filter(LayerChoice::isChosen).toList();
        if (masked.isEmpty()) {
            return choices;
        }
        LayerChoice first = masked.get(0);
        LayerChoice last = masked.get(masked.size() - 1);
        return choices.stream()
                .map(
                        choice -> {
                            if (choice.equals(first)) {
                                return choice.dense(MaskableLayers.FIRST_IS_DENSE);
                            }
                            return choice.equals(last)
                                    ? choice.dense(MaskableLayers.LAST_IS_DENSE)
                                    : choice;
                        })
                .toList();
    }

    /**
     * Returns the same parameter without a mask.
     *
     * @param why the reason in words
     * @return the choice
     */
    public LayerChoice dense(String why) {
        return new LayerChoice(names, parameter, why, null, null, byLast, inEngine);
    }

    /**
     * Returns the same parameter with a mask of another pattern.
     *
     * @param other the pattern
     * @return the choice
     */
    public LayerChoice withPattern(NmPattern other) {
        return new LayerChoice(names, parameter, null, other, solver, byLast, inEngine);
    }

    /**
     * Returns the name by which the parameter is known.
     *
     * @return the first of its names
     */
    public String name() {
        return names.get(0);
    }

    /**
     * Returns the parameter's other names.
     *
     * @return the names; empty unless several blocks share it
     */
    public List<String> otherNames() {
        return names.subList(1, names.size());
    }

    /**
     * Returns whether the parameter gets a mask.
     *
     * @return true if so
     */
    public boolean isChosen() {
        return pattern != null;
    }

    /**
     * Returns the parameter's shape.
     *
     * @return the shape
     */
    public Shape getShape() {
        return ParameterShape.known(parameter);
    }

    /**
     * Returns the shape of the weight as matrices.
     *
     * @return the shape
     * @throws IllegalArgumentException if it has fewer than two dimensions
     */
    public WeightShape getWeightShape() {
        return WeightShape.of(getShape().getShape());
    }
}
