package org.djlsparse.nn;

import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;

import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.LinearKernel;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.TreeMap;

/**
 * Puts {@link SparseLinear} blocks in the place of the linear blocks of a tree, and back. Where
 * that is not possible, the linear block stays, and {@link #getKernels()} tells why.
 *
 * <p>Not safe for use by several threads.
 */
public final class LinearReplacement {

    private static final String WEIGHT = "weight";

    private final LinearKernel kernel;
    private final GradientHooks hooks;
    private final BlockReplacement<SparseLinear> blocks;

    /**
     * Replaces the linear blocks of a tree.
     *
     * @param root the tree; it is changed
     * @param kernel runs the products
     * @param hooks bring the gradients, and keep errors of the backward pass
     */
    public LinearReplacement(Block root, LinearKernel kernel, GradientHooks hooks) {
        this.kernel = kernel;
        this.hooks = hooks;
        blocks = new BlockReplacement<>(root, this::standIn);
    }

    private @Nullable SparseLinear standIn(Block block) {
        if (!(block instanceof Linear linear)) {
            return null;
        }
        if (linear.getClass() != Linear.class) {
            throw new UnsupportedOperationException(
                    linear.getClass().getName() + " is not DJL's Linear itself");
        }
        return new SparseLinear(linear, kernel, hooks);
    }

    /**
     * Returns the tree with the blocks replaced.
     *
     * @return the root; another one than before only if that was a linear block itself
     */
    public Block getRoot() {
        return blocks.getRoot();
    }

    /**
     * Returns what runs the products of each linear block: the kernel, or {@code dense} and the
     * reason.
     *
     * @return such as {@code packed} or {@code dense: no mask}, by the name of the weight
     */
    public Map<String, String> getKernels() {
        Map<String, String> kernels = new TreeMap<>();
        blocks.getReplaced()
                .forEach(
                        (name, linear) -> {
                            String reason = linear.getReason();
                            kernels.put(
                                    name + WEIGHT,
                                    reason == null ? kernel.getName() : "dense: " + reason);
                        });
        blocks.getLeft().forEach((name, reason) -> kernels.put(name + WEIGHT, "dense: " + reason));
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

    /** Puts the linear blocks back. */
    public void undo() {
        blocks.undo();
    }
}
