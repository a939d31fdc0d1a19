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

import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Decides for each parameter of a block whether it can carry a mask, and was chosen to. */
final class MaskableLayers {

    /** The types whose values travel to the heap and back; DJL ends the JVM on some others. */
    private static final Set<DataType> DATA_TYPES =
            EnumSet.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64);

    private MaskableLayers() {}

    /** A parameter with the reason why it stays dense, null if it gets a mask. */
    record Choice(String name, Parameter parameter, @Nullable String reason) {}

    /**
     * Decides for each parameter.
     *
     * @throws IllegalArgumentException if a layer was named that does not exist or cannot carry the
     *     pattern, as far as is known: before the block is initialized, its shapes are not
     */
    static List<Choice> choose(Block block, NmPattern pattern, LayerSelector selector) {
        IdentityHashMap<Parameter, List<Block>> owners = new IdentityHashMap<>();
        collectOwners(block, owners);
        List<Choice> choices = new ArrayList<>();
        Set<String> missing = new TreeSet<>(selector.getNames());
        for (Pair<String, Parameter> pair : block.getParameters()) {
            String name = pair.getKey();
            Parameter parameter = pair.getValue();
            String reason = selector.reasonAgainst(name, parameter);
            if (reason == null) {
                List<Block> blocks = owners.getOrDefault(parameter, List.of());
                reason = reasonAgainst(blocks, parameter, pattern, selector.isNamed(name));
            }
            if (missing.remove(name) && reason != null) {
                throw new IllegalArgumentException(
                        "layer \"" + name + "\": cannot carry pattern " + pattern + ": " + reason);
            }
            choices.add(new Choice(name, parameter, reason));
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "layer \""
                            + missing.iterator().next()
                            + "\": no such parameter; the block has "
                            + choices.stream().map(Choice::name).collect(Collectors.joining(", ")));
        }
        return choices;
    }

    private static void collectOwners(Block block, IdentityHashMap<Parameter, List<Block>> owners) {
        for (Parameter parameter : block.getDirectParameters().values()) {
            owners.computeIfAbsent(parameter, ignored -> new ArrayList<>()).add(block);
        }
        for (Block child : block.getChildren().values()) {
            collectOwners(child, owners);
        }
    }

    private static @Nullable String reasonAgainst(
            List<Block> owners, Parameter parameter, NmPattern pattern, boolean named) {
        for (Block owner : owners) {
            String reason = reasonAgainst(owner, named);
            if (reason != null) {
                return reason;
            }
        }
        if (parameter.isInitialized() && !DATA_TYPES.contains(parameter.getArray().getDataType())) {
            return "type " + parameter.getArray().getDataType() + ", which is not in " + DATA_TYPES;
        }
        return parameter.getShape() == null ? null : reasonAgainst(parameter.getShape(), pattern);
    }

    private static @Nullable String reasonAgainst(Block owner, boolean named) {
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
            return "inside a module of the engine, which reads its weights itself";
        }
        return named
                ? null
                : "not known as a product's weight (block "
                        + owner.getClass().getSimpleName()
                        + "); name it to mask it";
    }

    private static @Nullable String reasonAgainst(Shape shape, NmPattern pattern) {
        if (shape.dimension() < 2) {
            return "shape " + shape + ", not [out, in] or [out, in, k1, ...]";
        }
        if (shape.size() == 0 || shape.size() > Integer.MAX_VALUE) {
            return shape.size() + " entries, not from 1 to " + Integer.MAX_VALUE;
        }
        WeightShape weight = WeightShape.of(shape.getShape());
        if (weight.rows() < pattern.m()) {
            return weight.rows() + " outputs, fewer than M = " + pattern.m();
        }
        if (weight.columns() < pattern.m()) {
            return weight.columns() + " inputs, fewer than M = " + pattern.m();
        }
        return null;
    }
}
