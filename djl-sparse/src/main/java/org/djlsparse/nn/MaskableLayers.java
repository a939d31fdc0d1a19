package org.djlsparse.nn;

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
import ai.djl.util.Pair;

import org.djlsparse.mask.DenseReason;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Decides for each parameter of a block whether it can carry a mask, and was chosen to. */
final class MaskableLayers {

    /** The types whose values travel to the heap and back; DJL ends the JVM on some others. */
    private static final Set<DataType> DATA_TYPES =
            EnumSet.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64);

    static final String FIRST_IS_DENSE = "first of the masked weights, dense by policy";
    static final String LAST_IS_DENSE = "last of the masked weights, dense by policy";

    private MaskableLayers() {}

    /**
     * A parameter with the reason why it stays dense, null if it gets a mask, and the configuration
     * of that. A weight inside a module of the engine is masked in place: the module reads it past
     * any store.
     */
    record Choice(
            String name,
            Parameter parameter,
            @Nullable String reason,
            @Nullable MaskConfig config,
            boolean inPlace) {

        Choice dense(String why) {
            return new Choice(name, parameter, why, null, inPlace);
        }

        /** The configuration of a parameter that gets a mask. */
        MaskConfig masks() {
            return Objects.requireNonNull(config);
        }
    }

    /**
     * Decides for each parameter.
     *
     * @throws IllegalArgumentException if a layer was named that does not exist, cannot carry the
     *     pattern or belongs to an earlier entry, as far as is known: before the block is
     *     initialized, its shapes are not
     */
    static List<Choice> choose(Block block, LayerConfigs configs) {
        ParameterOwners owners = new ParameterOwners(block);
        List<Choice> choices = new ArrayList<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            Parameter parameter = pair.getValue();
            choices.add(choose(pair.getKey(), parameter, owners.of(parameter), configs));
        }
        checkNames(configs, choices);
        return configs.denseFirstAndLast() ? withFirstAndLastDense(choices) : choices;
    }

    /**
     * Says of each weight of two or more dimensions that is no product's why not. It holds whatever
     * pattern and entries there are; shape and pattern may speak against others.
     */
    static Map<String, String> notOfProducts(Block block) {
        ParameterOwners owners = new ParameterOwners(block);
        Map<String, String> reasons = new LinkedHashMap<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            Parameter parameter = pair.getValue();
            Shape shape = ParameterShape.of(parameter);
            if (shape == null || shape.dimension() < 2) {
                continue;
            }
            String reason = LayerSelector.all().reasonAgainst(pair.getKey(), parameter);
            if (reason == null) {
                reason = reasonAgainst(owners.of(parameter), parameter, false);
            }
            if (reason != null) {
                reasons.put(pair.getKey(), reason);
            }
        }
        return reasons;
    }

    private static Choice choose(
            String name, Parameter parameter, List<Block> owners, LayerConfigs configs) {
        boolean inPlace = owners.stream().anyMatch(SymbolBlock.class::isInstance);
        Set<String> reasons = new LinkedHashSet<>();
        for (int i = 0; i < configs.entries().size(); i++) {
            LayerConfig entry = configs.entries().get(i);
            String against = entry.selector().reasonAgainst(name, parameter);
            if (against != null) {
                reasons.add(against);
                continue;
            }
            checkNotNamedLater(name, configs, i);
            if (!(entry instanceof MaskConfig config)) {
                return new Choice(
                        name, parameter, "dense by " + entryName(configs, i), null, inPlace);
            }
            boolean named = config.selector().isNamed(name);
            String reason = reasonAgainst(owners, parameter, config.pattern(), named);
            if (named && reason != null) {
                throw new IllegalArgumentException(
                        "layer \""
                                + name
                                + "\": cannot carry pattern "
                                + config.pattern()
                                + (configs.entries().size() > 1
                                        ? " of " + entryName(configs, i)
                                        : "")
                                + ": "
                                + reason);
            }
            return new Choice(name, parameter, reason, reason == null ? config : null, inPlace);
        }
        return new Choice(
                name,
                parameter,
                reasons.size() == 1
                        ? reasons.iterator().next()
                        : "chosen by no entry of the policy",
                null,
                inPlace);
    }

    /** Users know the last entry, which is for what no other chooses, as the builder's option. */
    private static String entryName(LayerConfigs configs, int index) {
        boolean last = index == configs.entries().size() - 1;
        return last && configs.entries().get(index) instanceof MaskConfig
                ? "optLayers"
                : "entry " + (index + 1) + " of the policy";
    }

    /** A layer that is named expects its own entry, but an earlier one has taken it. */
    private static void checkNotNamedLater(String name, LayerConfigs configs, int index) {
        if (configs.entries().get(index).selector().isNamed(name)) {
            return;
        }
        for (int i = index + 1; i < configs.entries().size(); i++) {
            if (configs.entries().get(i).selector().isNamed(name)) {
                throw new IllegalArgumentException(
                        "layer \""
                                + name
                                + "\": named by "
                                + entryName(configs, i)
                                + ", yet chosen by entry "
                                + (index + 1)
                                + " before it");
            }
        }
    }

    private static void checkNames(LayerConfigs configs, List<Choice> choices) {
        Set<String> missing = new TreeSet<>();
        configs.entries().forEach(entry -> missing.addAll(entry.selector().getNames()));
        choices.forEach(choice -> missing.remove(choice.name()));
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "layer \""
                            + missing.iterator().next()
                            + "\": no such parameter; the block has "
                            + choices.stream().map(Choice::name).collect(Collectors.joining(", ")));
        }
    }

    private static List<Choice> withFirstAndLastDense(List<Choice> choices) {
        List<Parameter> masked =
                choices.stream()
                        .filter(choice -> choice.reason() == null)
                        .map(Choice::parameter)
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
                            // By identity: a weight that two layers share is one weight.
                            if (choice.parameter() == first) {
                                return choice.dense(FIRST_IS_DENSE);
                            }
                            return choice.parameter() == last
                                    ? choice.dense(LAST_IS_DENSE)
                                    : choice;
                        })
                .toList();
    }

    private static @Nullable String reasonAgainst(
            List<Block> owners, Parameter parameter, NmPattern pattern, boolean named) {
        String ofOwners = reasonAgainst(owners, parameter, named);
        if (ofOwners != null) {
            boolean open = !named && reasonAgainst(owners, parameter, true) == null;
            return open ? ofOwners + "; name it to mask it" : ofOwners;
        }
        if (parameter.isInitialized() && !DATA_TYPES.contains(parameter.getArray().getDataType())) {
            return "data type "
                    + parameter.getArray().getDataType()
                    + ", which is not in "
                    + DATA_TYPES;
        }
        Shape shape = ParameterShape.of(parameter);
        return shape == null ? null : reasonAgainst(shape, pattern);
    }

    private static @Nullable String reasonAgainst(
            List<Block> owners, Parameter parameter, boolean named) {
        for (Block owner : owners) {
            String reason = reasonAgainst(owner, parameter, named);
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }

    private static @Nullable String reasonAgainst(Block owner, Parameter parameter, boolean named) {
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
        return named
                ? null
                : "not known as a product's weight (block "
                        + owner.getClass().getSimpleName()
                        + ")";
    }

    /** A module of the engine tells a weight's name and shape only. */
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

    private static @Nullable String reasonAgainst(Shape shape, NmPattern pattern) {
        String reason = DenseReason.forShape(shape.getShape(), Integer.MAX_VALUE);
        return reason == null ? DenseReason.forPattern(shape.getShape(), pattern) : reason;
    }
}
