package org.djlsparse;

import ai.djl.nn.Block;

import org.djlsparse.nn.KernelReplacement;
import org.djlsparse.nn.LayerSparsity;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.KernelChooser;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The linear layers of a model whose products are to run in a kernel, if one is asked for. */
final class InstalledKernels {

    private static final Logger logger = LoggerFactory.getLogger(InstalledKernels.class);

    private final Block original;
    private final Block root;
    private final @Nullable KernelReplacement replacement;
    private final @Nullable String reason;

    private InstalledKernels(
            Block original,
            Block root,
            @Nullable KernelReplacement replacement,
            @Nullable String reason) {
        this.original = original;
        this.root = root;
        this.replacement = replacement;
        this.reason = reason;
    }

    /**
     * Puts the kernel into a tree of blocks, where this machine has what that takes.
     *
     * @param block the tree
     * @param chooser decides what runs the products, or null to leave everything as it is
     */
    static InstalledKernels of(Block block, @Nullable KernelChooser chooser) {
        if (chooser == null) {
            return new InstalledKernels(block, block, null, null);
        }
        String reason = GradientHooks.getReason();
        if (reason != null) {
            logger.warn("kernel {}: products stay dense, since {}", chooser.getName(), reason);
            return new InstalledKernels(block, block, null, reason);
        }
        KernelReplacement replacement = new KernelReplacement(block, chooser, new GradientHooks());
        return new InstalledKernels(block, replacement.getRoot(), replacement, null);
    }

    /** The tree as it was given. */
    Block getOriginal() {
        return original;
    }

    /** The tree with the kernel in it. */
    Block getRoot() {
        return root;
    }

    /** Throws an error of the backward pass, if there was one. */
    void check() {
        if (replacement != null) {
            replacement.check();
        }
    }

    /** Takes the kernel out again. */
    void undo() {
        if (replacement != null) {
            replacement.undo();
        }
    }

    /**
     * Tells what runs the products of each masked layer.
     *
     * @return the kernel's name, or dense and why; empty if no kernel was asked for
     */
    Map<String, String> describe(List<LayerSparsity> layers) {
        Map<String, String> kernels = new LinkedHashMap<>();
        if (replacement == null && reason == null) {
            return kernels;
        }
        Map<String, String> linear = replacement == null ? Map.of() : replacement.getKernels();
        String other = reason == null ? "neither linear nor a 2-d convolution" : reason;
        for (LayerSparsity layer : layers) {
            if (layer.isChosen()) {
                kernels.put(layer.name(), linear.getOrDefault(layer.name(), "dense: " + other));
            }
        }
        return kernels;
    }
}
