package org.djlsparse.internal.nn;

import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;

import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.djlsparse.layer.LayerSparsity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A replacement of the linear blocks and convolutions of a tree by {@link SparseLinear} and {@link
 * SparseConv2d} blocks, which can be undone. A block that cannot be replaced stays; {@link
 * #getKernels()} gives the reason.
 *
 * <p>Not thread-safe.
 */
public final class KernelReplacement {

    private static final String WEIGHT = "weight";

    private static final Logger logger = LoggerFactory.getLogger(KernelReplacement.class);

    private final ProductKernelChooser chooser;
    private final @Nullable GradientSampling sampling;
    private final Block original;
    private final @Nullable HookRegistry hooks;
    private final @Nullable BlockReplacement<KernelBlock> blocks;

    /**
     * Replaces blocks of a tree if gradient hooks are available on this machine, and logs a warning
     * otherwise.
     *
     * @param root the root of the tree, which is changed
     * @param chooser chooses what runs the products
     * @param sampling the sampling of the gradients of the layers' outputs; null if there is none
     */
    public KernelReplacement(
            Block root, ProductKernelChooser chooser, @Nullable GradientSampling sampling) {
        this(root, chooser, HookRegistry.getReason() == null ? new HookRegistry() : null, sampling);
    }

    /** Replaces blocks of a tree, or none if {@code hooks} is null. */
    KernelReplacement(
            Block root,
            ProductKernelChooser chooser,
            @Nullable HookRegistry hooks,
            @Nullable GradientSampling sampling) {
        this.chooser = chooser;
        this.sampling = sampling;
        this.hooks = hooks;
        original = root;
        if (hooks == null) {
            blocks = null;
            logger.warn(
                    "kernel {}: products stay dense, since {}",
                    chooser.getName(),
                    HookRegistry.getReason());
        } else {
            blocks = new BlockReplacement<>(root, block -> standIn(block, hooks));
        }
    }

    private @Nullable KernelBlock standIn(Block block, HookRegistry registry) {
        if (block instanceof Linear linear) {
            checkClass(linear, Linear.class);
            return new SparseLinear(linear, chooser, registry, nextSampling());
        }
        if (block instanceof Conv2d convolution) {
            checkClass(convolution, Conv2d.class);
            String reason = SparseConv2d.rejection(convolution, chooser);
            if (reason != null) {
                throw new UnsupportedOperationException(reason);
            }
            return new SparseConv2d(convolution, chooser, registry, nextSampling());
        }
        return null;
    }

    private GradientSampling.@Nullable Layer nextSampling() {
        return sampling == null ? null : sampling.nextLayer();
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
     * Returns the original tree.
     *
     * @return the root
     */
    public Block getOriginal() {
        return original;
    }

    /**
     * Returns the tree with the blocks replaced.
     *
     * @return the root; differs from the original only if the root itself was replaced
     */
    public Block getRoot() {
        return blocks == null ? original : blocks.getRoot();
    }

    /**
     * Describes what ran the products of each block in its last forward pass.
     *
     * @return the descriptions of choices, such as {@code packed} or {@code dense: no mask}, by the
     *     weight's name; if output gradients are sampled, each ends with {@code ; weight gradient
     *     sampled} or {@code ; weight gradient exact}
     */
    public Map<String, String> getKernels() {
        Map<String, String> kernels = new TreeMap<>();
        if (blocks != null) {
            blocks.getReplaced()
                    .forEach(
                            (name, block) ->
                                    kernels.put(
                                            name + WEIGHT,
                                            block.getChoice().description()
                                                    + describeGradient(block.isSampled())));
            blocks.getSkipped()
                    .forEach((name, why) -> kernels.put(name + WEIGHT, describeDense(why)));
        }
        return kernels;
    }

    private String describeDense(@Nullable String reason) {
        return "dense: " + reason + describeGradient(false);
    }

    /** Tells whether a layer's output gradient is sampled, if that was requested. */
    private String describeGradient(boolean sampled) {
        if (sampling == null) {
            return "";
        }
        return sampled ? "; weight gradient sampled" : "; weight gradient exact";
    }

    /**
     * Describes what runs the products of each masked layer.
     *
     * @param layers the model's layers
     * @return the kernel's name, or {@code dense} and the reason, by the layer's name
     */
    public Map<String, String> describe(List<LayerSparsity> layers) {
        Map<String, String> known = getKernels();
        String other =
                hooks == null ? HookRegistry.getReason() : "neither linear nor a 2-d convolution";
        Map<String, String> kernels = new LinkedHashMap<>();
        for (LayerSparsity layer : layers) {
            if (layer.isChosen()) {
                kernels.put(layer.name(), known.getOrDefault(layer.name(), describeDense(other)));
            }
        }
        return kernels;
    }

    /**
     * Throws the first error that a backward pass has caused since the last call.
     *
     * @throws IllegalStateException if there was one
     */
    public void check() {
        if (hooks != null) {
            hooks.check();
        }
    }

    /** Puts the original blocks back, and frees the packed weights of their stand-ins. */
    public void undo() {
        if (blocks != null) {
            blocks.undo();
            blocks.getReplaced().values().forEach(KernelBlock::release);
        }
    }
}
