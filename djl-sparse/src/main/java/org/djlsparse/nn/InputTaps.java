package org.djlsparse.nn;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.function.Predicate;

/**
 * Shows a tap what goes through linear, convolution and batch norm layers of a tree. Their blocks
 * are replaced by stand-ins, by reflection, until closed; where that is not possible {@link
 * #getReasons()} says why. Not safe for use by several threads.
 */
public final class InputTaps implements AutoCloseable {

    private final InputTap tap;
    private final Predicate<Block> wanted;
    private final BlockReplacement<Block> blocks;

    /**
     * Taps layers.
     *
     * @param root the tree; it is changed until this is closed
     * @param wanted which layers to tap; what is below one is not visited
     * @param tap sees what goes through them
     */
    public InputTaps(Block root, Predicate<Block> wanted, InputTap tap) {
        this.tap = tap;
        this.wanted = wanted;
        blocks = new BlockReplacement<>(root, this::standIn);
    }

    private @Nullable Block standIn(Block block) {
        if (!wanted.test(block)) {
            return null;
        }
        // A subclass may do something else in its forward pass.
        Class<?> type = block.getClass();
        if (type == Linear.class) {
            return new TappedLinear((Linear) block, tap);
        } else if (type == Conv2d.class) {
            return new TappedConv2d((Conv2d) block, tap);
        }
        // Their constructors are not open to stand-ins of the same class.
        if (type == Conv1d.class || type == BatchNorm.class) {
            return new TappedBlock(block, tap);
        }
        throw new UnsupportedOperationException(
                type.getName() + " is not DJL's Linear, Conv1d, Conv2d or BatchNorm itself");
    }

    /** The forward pass of each stand-in. */
    static NDList forward(
            Block original,
            InputTap tap,
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDList outputs = original.forward(parameterStore, inputs, training, params);
        tap.onForward(original, inputs.singletonOrThrow(), outputs.singletonOrThrow());
        return outputs;
    }

    /**
     * Returns the tree with the stand-ins.
     *
     * @return the root; another one than before only if that is a layer itself
     */
    public Block getRoot() {
        return blocks.getRoot();
    }

    /**
     * Returns whether no layer is tapped.
     *
     * @return true if so
     */
    public boolean isEmpty() {
        return blocks.getReplaced().isEmpty();
    }

    /**
     * Returns why layers could not be tapped.
     *
     * @return the reasons in words, by what the names of the layers' parameters begin with, such as
     *     {@code 02Linear_}
     */
    public Map<String, String> getReasons() {
        return blocks.getLeft();
    }

    /** Puts the layers back. */
    @Override
    public void close() {
        blocks.undo();
    }
}
