package org.djlsparse.internal.nn;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SymbolBlock;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.convolutional.Deconvolution;
import ai.djl.nn.core.AbstractEmbedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.RecurrentBlock;
import ai.djl.nn.transformer.IdEmbedding;

import org.djlsparse.internal.mask.DenseReason;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The decision for each parameter of a block: whether it can carry a mask, and is chosen to. */
public final class MaskableLayers {

    /**
     * The data types that DJL can copy to the heap and back; on some others, DJL crashes the JVM.
     */
    private static final Set<DataType> DATA_TYPES =
            EnumSet.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64);

    private static final String FIRST_IS_DENSE = "first of the masked weights, dense by policy";
    private static final String LAST_IS_DENSE = "last of the masked weights, dense by policy";

    static final String FROZEN = "frozen; name it to mask it";

    private MaskableLayers() {}

    /** The frozen weights that may carry a mask although no selector requests it. */
    @FunctionalInterface
    public interface FrozenMasks {

        /** All frozen weights, as if nothing were frozen. */
        FrozenMasks ALL = (parameter, inPlace) -> true;

        FrozenMasks NONE = (parameter, inPlace) -> false;

        /**
         * Frozen weights inside modules of the engine, where all are frozen unless the module was
         * loaded for training.
         */
        FrozenMasks IN_PLACE = (parameter, inPlace) -> inPlace;

        boolean allows(Parameter parameter, boolean inPlace);
    }

    /**
     * Decides for each parameter whether it gets a mask. A parameter that several blocks share is
     * decided once, by all of its names.
     *
     * @param block the block, initialized or not
     * @param policy the policy
     * @param frozen the frozen weights that may have a mask
     * @return the choices, in the block's order
     * @throws IllegalArgumentException if a named layer does not exist, cannot carry the pattern or
     *     belongs to an earlier entry, or if the names of one weight lead to different masks.
     *     Before the block is initialized, shapes are unknown and are not checked
     */
    public static List<LayerChoice> choose(Block block, ResolvedPolicy policy, FrozenMasks frozen) {
        return choose(block, policy, frozen, UnaryOperator.identity());
    }

    /**
     * Decides for each parameter, and then changes the decisions. If the policy leaves the first
     * and the last masked weight dense, these are chosen after the change.
     *
     * @param block the block, initialized or not
     * @param policy the policy
     * @param frozen the frozen weights that may have a mask
     * @param change changes the choice of a parameter
     * @return the choices, in the block's order
     * @throws IllegalArgumentException as {@link #choose(Block, ResolvedPolicy, FrozenMasks)} does
     */
    public static List<LayerChoice> choose(
            Block block,
            ResolvedPolicy policy,
            FrozenMasks frozen,
            UnaryOperator<LayerChoice> change) {
        ParameterOwners owners = new ParameterOwners(block);
        List<LayerChoice> choices = new ArrayList<>();
        ParameterNames.of(block)
                .forEach(
                        (parameter, names) ->
                                choices.add(
                                        choose(
                                                names,
                                                parameter,
                                                owners.of(parameter),
                                                policy,
                                                frozen)));
        checkNames(policy, choices);
        choices.replaceAll(change);
        return policy.denseFirstAndLast() ? withFirstAndLastDense(choices) : choices;
    }

    /**
     * Finds the weights of two or more dimensions that belong to no product and therefore get no
     * mask unless they are named: embeddings, weights of grouped convolutions, and weights of
     * blocks that the library does not know. Patterns and policies do not matter.
     *
     * @param block the block, initialized
     * @return the reasons by parameter name, in the block's order
     */
    public static Map<String, String> notOfProducts(Block block) {
        ParameterOwners owners = new ParameterOwners(block);
        Map<String, String> reasons = new LinkedHashMap<>();
        ParameterNames.of(block)
                .forEach(
                        (parameter, names) -> {
                            String reason = rejection(owners, parameter, names);
                            if (reason != null) {
                                names.forEach(name -> reasons.put(name, reason));
                            }
                        });
        return reasons;
    }

    private static @Nullable String rejection(
            ParameterOwners owners, Parameter parameter, List<String> names) {
        Shape shape = ParameterShape.of(parameter);
        if (shape == null || shape.dimension() < 2) {
            return null;
        }
        Selection.Refusal refusal =
                Selection.refuse(LayerSelector.all(), names.get(0), names, parameter);
        return refusal == null
                ? rejection(owners.of(parameter), parameter, false)
                : refusal.reason();
    }

    private static LayerChoice choose(
            List<String> names,
            Parameter parameter,
            List<Block> owners,
            ResolvedPolicy policy,
            FrozenMasks frozen) {
        boolean inPlace = owners.stream().anyMatch(SymbolBlock.class::isInstance);
        EntryChoice entry = EntryChoice.of(names, parameter, policy);
        MaskConfig config = entry.masks();
        if (config == null) {
            return new LayerChoice(names, parameter, entry.reason(), null, false, inPlace);
        }
        String named = entry.named();
        String reason = rejection(owners, parameter, config.pattern(), named != null);
        if (named != null && reason != null) {
            throw new IllegalArgumentException(
                    "layer \""
                            + named
                            + "\": cannot carry pattern "
                            + config.pattern()
                            + (policy.entries().size() > 1 ? " of " + entry.entry() : "")
                            + ": "
                            + reason);
        }
        if (reason == null
                && named == null
                && !parameter.requiresGradient()
                && !entry.takesFrozen()
                && !frozen.allows(parameter, inPlace)) {
            reason = FROZEN;
        }
        return new LayerChoice(
                names,
                parameter,
                reason,
                reason == null ? config : null,
                entry.byDefault(),
                inPlace);
    }

    private static void checkNames(ResolvedPolicy policy, List<LayerChoice> choices) {
        Set<String> missing = new TreeSet<>();
        policy.entries().forEach(entry -> missing.addAll(entry.layers().getNames()));
        choices.forEach(choice -> choice.names().forEach(missing::remove));
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "layer \""
                            + missing.iterator().next()
                            + "\": no such parameter; the block has "
                            + choices.stream()
                                    .flatMap(choice -> choice.names().stream())
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static List<LayerChoice> withFirstAndLastDense(List<LayerChoice> choices) {
        List<Parameter> masked =
                choices.stream()
                        .filter(choice -> choice.reason() == null)
                        .map(LayerChoice::parameter)
                        .toList();
        if (masked.isEmpty()) {
            return choices;
        }
        Parameter first = masked.get(0);
        Parameter last = masked.get(masked.size() - 1);
        return choices.stream()
                .map(
                        choice -> {
                            if (choice.reason() != null) {
                                return choice;
                            }
                            if (choice.parameter() == first) {
                                return choice.dense(FIRST_IS_DENSE);
                            }
                            return choice.parameter() == last
                                    ? choice.dense(LAST_IS_DENSE)
                                    : choice;
                        })
                .toList();
    }

    private static @Nullable String rejection(
            List<Block> owners, Parameter parameter, NmPattern pattern, boolean named) {
        String ofOwners = rejection(owners, parameter, named);
        if (ofOwners != null) {
            boolean open = !named && rejection(owners, parameter, true) == null;
            return open ? ofOwners + "; name it to mask it" : ofOwners;
        }
        if (parameter.isInitialized() && !DATA_TYPES.contains(parameter.getArray().getDataType())) {
            return "data type "
                    + parameter.getArray().getDataType()
                    + ", which is not in "
                    + DATA_TYPES;
        }
        Shape shape = ParameterShape.of(parameter);
        return shape == null ? null : rejection(shape, pattern);
    }

    private static @Nullable String rejection(
            List<Block> owners, Parameter parameter, boolean named) {
        for (Block owner : owners) {
            String reason = rejection(owner, parameter, named);
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }

    private static @Nullable String rejection(Block owner, Parameter parameter, boolean named) {
        if (owner instanceof Linear || owner instanceof RecurrentBlock) {
            return null;
        }
        if (owner instanceof Convolution convolution) {
            return convolution.getGroups() == 1
                    ? null
                    : "grouped convolution (" + convolution.getGroups() + " groups)";
        }
        if (owner instanceof Deconvolution) {
            return "transposed convolution";
        }
        if (owner instanceof IdEmbedding || owner instanceof AbstractEmbedding) {
            return "embedding";
        }
        if (owner instanceof SymbolBlock) {
            return named ? null : reasonByName(owner, parameter);
        }
        if (named) {
            return null;
        }
        String type = owner.getClass().getSimpleName();
        String reason = DenseReason.forBlock(type);
        return reason == null ? "not known as a product's weight (block " + type + ")" : reason;
    }

    /**
     * Returns the reason for a weight of an engine module, which reveals only the weight's name and
     * shape.
     */
    private static @Nullable String reasonByName(Block module, Parameter parameter) {
        Shape shape = ParameterShape.of(parameter);
        if (shape == null || shape.dimension() < 2) {
            return null;
        }
        return DenseReason.forName(
                parameter.getName(),
                shape.getShape(),
                name ->
                        Optional.ofNullable(module.getDirectParameters().get(name))
                                .map(ParameterShape::of)
                                .map(Shape::getShape));
    }

    private static @Nullable String rejection(Shape shape, NmPattern pattern) {
        String reason = DenseReason.forShape(shape.getShape(), Integer.MAX_VALUE);
        return reason == null ? DenseReason.forPattern(shape.getShape(), pattern) : reason;
    }
}
