package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;

import org.djlsparse.internal.torch.HookRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Gradient hooks of one model: Java code that sees or replaces gradients within PyTorch's backward
 * pass. Works with DJL's PyTorch engine as it is, on Linux on x86-64.
 *
 * <p>A hook belongs to the graph of its array and is freed with it. If it throws, its gradient
 * becomes NaN, so that nothing is learned from a wrong one, and the error is kept for {@link
 * #check}. The same happens where a graph of the gradients is asked for (second derivatives), which
 * hooks would not be part of.
 *
 * <p>Safe for use by several threads.
 */
public final class GradientHooks {

    private final HookRegistry registry = new HookRegistry();

    /**
     * Creates an object without hooks.
     *
     * @throws UnsupportedOperationException if hooks do not work on this machine; says why
     */
    public GradientHooks() {}

    /**
     * Returns whether hooks work on this machine.
     *
     * @return {@code true} if they do
     */
    public static boolean isSupported() {
        return getReason() == null;
    }

    /**
     * Returns why hooks do not work on this machine.
     *
     * @return the reason in words; null if they work
     */
    public static @Nullable String getReason() {
        return HookRegistry.getReason();
    }

    /**
     * Registers a hook.
     *
     * @param array an array that needs a gradient
     * @param hook the hook; called after those that were registered before, with what they returned
     * @throws IllegalArgumentException if the array is not of DJL's PyTorch engine, or needs no
     *     gradient
     */
    public void register(NDArray array, GradientHook hook) {
        registry.register(array, hook);
    }

    /**
     * Returns the number of hooks whose graphs still exist.
     *
     * @return the number
     */
    public long getCount() {
        return registry.getCount();
    }

    /**
     * Throws the first error of a hook since the last call, if there is one: once, so that work can
     * go on with other gradients. Call it between the backward pass and the use of its gradients.
     *
     * @throws IllegalStateException if a hook failed; its cause is what the hook threw
     */
    public void check() {
        registry.check();
    }
}
