package org.djlsparse.nn;

import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;

import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.KernelChooser;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.TreeMap;

/**
 * Puts {@link SparseLinear} and {@link SparseConv2d} blocks in the place of the linear blocks and
 * convolutions of a tree, and back. Where that is not possible, the block stays, and {@link
 * #getKernels()} tells why.
 *
 * <p>Not safe for use by several threads.
 */
public final class KernelReplacement {

    private static final String WEIGHT = "weight";

    private final KernelChooser chooser;
    private final GradientHooks hooks;
    private final BlockReplacement<KernelBlock> blocks;

    /**
     * Replaces blocks of a tree.
     *
     * @param root the tree; it is changed
     * @param chooser decides what runs the products
     * @param hooks bring the gradients, and keep errors of the backward pass
     */
    public KernelReplacement(Block root, KernelChooser chooser, GradientHooks hooks) {
        this.chooser = chooser;
        this.hooks = hooks;
        blocks = new BlockReplacement<>(root, this::standIn);
    }

    private @Nullable KernelBlock standIn(Block block) {
        if (block instanceof Linear linear) {
            checkClass(linear, Linear.class);
            return new SparseLinear(linear, chooser, hooks);
        }
        if (block instanceof Conv2d convolution) {
            checkClass(convolution, Conv2d.class);
            String reason = SparseConv2d.rejection(convolution, chooser);
            if (reason != null) {
                throw new UnsupportedOperationException(reason);
            }
            return new SparseConv2d(convolution, chooser, hooks);
        }
        return null;
    }

    private static void checkClass(Block block, Class<?> expected) {
        if (block.getClass() != expected) {
            throw new UnsupportedOperationException(
                    block.getClass().getName()
                            + " is not DJL's "
                            + expected.getSimpleName()
                            + " itself");
        }
    }

    /**
     * Returns the tree with the blocks replaced.
     *
     * @return the root; another one than before only if that was replaced itself
     */
    public Block getRoot() {
        return blocks.getRoot();
    }

    /**
     * Returns what ran the products of each block in its last forward pass.
     *
     * @return the descriptions of choices, such as {@code packed} or {@code dense: no mask}, by the
     *     name of the weight
     */
    public Map<String, String> getKernels() {
        Map<String, String> kernels = new TreeMap<>();
        blocks.getReplaced()
                .forEach(
                        (name, block) ->
                                kernels.put(name + WEIGHT, block.getChoice().description()));
        blocks.getSkipped()
                .forEach((name, reason) -> kernels.put(name + WEIGHT, "dense: " + reason));
        return kernels;
    }

    /**
     * Throws the first error of a backward pass since the last call, as {@link
     * GradientHooks#check()} does.
     *
     * @throws IllegalStateException if there was one
     */
    public void check() {
        hooks.check();
    }

    /** Puts the blocks back, and frees what was packed for their stand-ins. */
    public void undo() {
        blocks.undo();
        blocks.getReplaced().values().forEach(KernelBlock::release);
    }
}
