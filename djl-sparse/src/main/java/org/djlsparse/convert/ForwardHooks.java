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
 * Registers a hook on linear, convolution and batch norm layers of a tree of blocks. The blocks are
 * replaced by stand-ins, by reflection, until this object is closed; {@link #getReasons()} says why
 * a layer could not be replaced. Not thread-safe.
 */
final class ForwardHooks implements AutoCloseable {

    private final ForwardHook hook;
    private final Predicate<Block> wanted;
    private final BlockReplacement<Block> blocks;

    /**
     * Registers a hook.
     *
     * @param root the tree; it is changed until this object is closed
     * @param wanted accepts the layers to hook; blocks below an accepted one are not visited
     * @param hook the hook
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
        // A subclass may override the forward pass.
        Class<?> type = block.getClass();
        if (type == Linear.class) {
            return new HookedLinear((Linear) block, hook);
        } else if (type == Conv2d.class) {
            return new HookedConv2d((Conv2d) block, hook);
        }
        // Their constructors are not accessible, so the stand-in cannot be a subclass.
        if (type == Conv1d.class || type == BatchNorm.class) {
            return new HookedBlock(block, hook);
        }
        throw new UnsupportedOperationException(
                type.getName() + " is not DJL's Linear, Conv1d, Conv2d or BatchNorm itself");
    }

    /** Computes the forward pass of a stand-in. */
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
     * @return the root; a stand-in if the original root is itself a hooked layer
     */
    Block getRoot() {
        return blocks.getRoot();
    }

    /**
     * Returns whether no layer has a hook.
     *
     * @return {@code true} if no layer could be hooked
     */
    boolean isEmpty() {
        return blocks.getReplaced().isEmpty();
    }

    /**
     * Returns why some layers could not get a hook.
     *
     * @return the reasons, by the prefix of the names of the layer's parameters, such as {@code
     *     02Linear_}
     */
    Map<String, String> getReasons() {
        return blocks.getSkipped();
    }

    /** Restores the original blocks. */
    @Override
    public void close() {
        blocks.undo();
    }
}
