package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.internal.nn.BlockReplacement;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.function.Predicate;

/**
 * Shows a hook what goes through linear, convolution and batch norm layers of a tree. Their blocks
 * are replaced by stand-ins, by reflection, until closed; where that is not possible {@link
 * #getReasons()} says why. Not safe for use by several threads.
 */
final class ForwardHooks implements AutoCloseable {

    private final ForwardHook hook;
    private final Predicate<Block> wanted;
    private final BlockReplacement<Block> blocks;

    /**
     * Hooks layers.
     *
     * @param root the tree; it is changed until this is closed
     * @param wanted which layers to hook; what is below one is not visited
     * @param hook sees what goes through them
     */
    ForwardHooks(Block root, Predicate<Block> wanted, ForwardHook hook) {
        this.hook = hook;
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
            return new HookedLinear((Linear) block, hook);
        } else if (type == Conv2d.class) {
            return new HookedConv2d((Conv2d) block, hook);
        }
        // Their constructors are not open to stand-ins of the same class.
        if (type == Conv1d.class || type == BatchNorm.class) {
            return new HookedBlock(block, hook);
        }
        throw new UnsupportedOperationException(
                type.getName() + " is not DJL's Linear, Conv1d, Conv2d or BatchNorm itself");
    }

    /** The forward pass of each stand-in. */
    static NDList forward(
            Block original,
            ForwardHook hook,
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDList outputs = original.forward(parameterStore, inputs, training, params);
        hook.onForward(original, inputs.singletonOrThrow(), outputs.singletonOrThrow());
        return outputs;
    }

    /**
     * Returns the tree with the stand-ins.
     *
     * @return the root; another one than before only if that is a layer itself
     */
    Block getRoot() {
        return blocks.getRoot();
    }

    /**
     * Returns whether no layer has a hook.
     *
     * @return true if so
     */
    boolean isEmpty() {
        return blocks.getReplaced().isEmpty();
    }

    /**
     * Returns why layers could not get a hook.
     *
     * @return the reasons in words, by what the names of the layers' parameters begin with, such as
     *     {@code 02Linear_}
     */
    Map<String, String> getReasons() {
        return blocks.getSkipped();
    }

    /** Puts the layers back. */
    @Override
    public void close() {
        blocks.undo();
    }
}
