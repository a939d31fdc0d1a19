package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;

import org.djlsparse.internal.torch.HookRegistry;
import org.jspecify.annotations.Nullable;

/**
 * The gradient hooks of one model: Java code that observes or replaces gradients during PyTorch's
 * backward pass. Works with DJL's unmodified PyTorch engine on Linux on x86-64.
 *
 * <p>A hook belongs to the graph of its array and is freed with it. If it throws, its gradient
 * becomes NaN, so that no wrong gradient is used, and the error is kept for {@link #check}. The
 * same happens if a graph of the gradients is requested (second derivatives), which would not
 * include hooks.
 *
 * <p>Thread-safe.
 */
public final class GradientHooks {

    private final HookRegistry registry = new HookRegistry();

    /**
     * Creates an object without hooks.
     *
     * @throws UnsupportedOperationException if hooks do not work on this machine; the message says
     *     why
     */
    public GradientHooks() {}

    /**
     * Returns whether hooks work on this machine.
     *
     * @return {@code true} if they work
     */
    public static boolean isSupported() {
        return getReason() == null;
    }

    /**
     * Returns why hooks do not work on this machine.
     *
     * @return the reason; null if they work
     */
    public static @Nullable String getReason() {
        return HookRegistry.getReason();
    }

    /**
     * Registers a hook.
     *
     * @param array an array that requires a gradient
     * @param hook the hook; called after the hooks registered before it, with the gradient that
     *     they returned
     * @throws IllegalArgumentException if the array does not belong to DJL's PyTorch engine, or
     *     requires no gradient
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
     * Throws the first error of a hook since the last call, if any. Each error is thrown once, so
     * training can continue with other gradients. Call this method between the backward pass and
     * the use of its gradients.
     *
     * @throws IllegalStateException if a hook failed; its cause is the hook's exception
     */
    public void check() {
        registry.check();
    }
}
