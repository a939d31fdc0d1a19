package org.djlsparse.nn;

import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.util.Pair;

import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.LinearKernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Puts {@link SparseLinear} blocks in the place of the linear blocks of a tree, and back. Where
 * that is not possible, the linear block stays, and {@link #getKernels()} tells why.
 *
 * <p>Not safe for use by several threads.
 */
public final class LinearReplacement {

    private final LinearKernel kernel;
    private final GradientHooks hooks;
    private final Block root;
    private final IdentityHashMap<Linear, SparseLinear> standIns = new IdentityHashMap<>();
    private final Map<String, SparseLinear> replaced = new LinkedHashMap<>();
    private final Map<String, String> left = new LinkedHashMap<>();
    private final List<Runnable> undo = new ArrayList<>();
    private final Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());

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
        if (root.getClass() == Linear.class) {
            Linear linear = (Linear) root;
            SparseLinear standIn = standIn(linear);
            replaced.put("weight", standIn);
            this.root = standIn;
        } else {
            this.root = root;
            visit(root, "");
        }
    }

    private SparseLinear standIn(Linear linear) {
        return standIns.computeIfAbsent(linear, l -> new SparseLinear(l, kernel, hooks));
    }

    private void visit(Block parent, String prefix) {
        if (!seen.add(parent)) {
            return;
        }
        for (Pair<String, Block> entry : parent.getChildren()) {
            String name = prefix + entry.getKey() + "_";
            Block child = entry.getValue();
            if (child instanceof Linear linear) {
                replace(parent, linear, name + "weight");
            } else {
                visit(child, name);
            }
        }
    }

    private void replace(Block parent, Linear linear, String name) {
        if (linear.getClass() != Linear.class) {
            left.put(name, linear.getClass().getName() + " is not DJL's Linear itself");
            return;
        }
        SparseLinear standIn = standIn(linear);
        List<BlockPlace> changed = new ArrayList<>();
        try {
            for (BlockPlace place : BlockPlace.find(parent, linear)) {
                place.set(standIn);
                changed.add(place);
            }
            if (parent.getChildren().values().stream().anyMatch(child -> child == linear)) {
                throw new UnsupportedOperationException(
                        "held by " + parent.getClass().getName() + ", out of reach");
            }
            changed.forEach(place -> undo.add(() -> place.set(linear)));
            replaced.put(name, standIn);
        } catch (UnsupportedOperationException e) {
            changed.forEach(place -> place.set(linear));
            left.put(name, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns the tree with the blocks replaced.
     *
     * @return the root; another one than before only if that was a linear block itself
     */
    public Block getRoot() {
        return root;
    }

    /**
     * Returns what runs the products of each linear block: the kernel, or {@code dense} and the
     * reason.
     *
     * @return such as {@code packed} or {@code dense: no mask}, by the name of the weight
     */
    public Map<String, String> getKernels() {
        Map<String, String> kernels = new TreeMap<>();
        replaced.forEach(
                (name, linear) -> {
                    String reason = linear.getReason();
                    kernels.put(name, reason == null ? kernel.getName() : "dense: " + reason);
                });
        left.forEach((name, reason) -> kernels.put(name, "dense: " + reason));
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
        undo.forEach(Runnable::run);
        undo.clear();
    }
}
