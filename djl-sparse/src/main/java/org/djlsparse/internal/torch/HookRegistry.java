package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

import org.djlsparse.torch.GradientHook;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** The implementation of {@link org.djlsparse.torch.GradientHooks}, where hooks are described. */
public final class HookRegistry {

    private final NativeHooks hooks = NativeHooks.get();
    private final AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
    private final AtomicLong count = new AtomicLong();

    /**
     * Creates a registry without hooks.
     *
     * @throws UnsupportedOperationException if hooks are not available on this machine; the message
     *     says why
     */
    public HookRegistry() {}

    /**
     * Returns the reason why hooks are not available on this machine.
     *
     * @return the reason in words, or null if they are available
     */
    public static @Nullable String getReason() {
        return NativeHooks.reason();
    }

    /**
     * Registers a hook.
     *
     * @param array an array that needs a gradient
     * @param hook the hook; called after those registered before it, with their result
     * @throws IllegalArgumentException if the array is not of DJL's PyTorch engine, or needs no
     *     gradient
     */
    public void register(NDArray array, GradientHook hook) {
        if (!(array instanceof PtNDArray tensor)) {
            throw new IllegalArgumentException(
                    "array of engine "
                            + array.getManager().getEngine().getEngineName()
                            + ": must be of PyTorch");
        }
        registerNative(tensor, new Adapter(hook, hooks.getManager()));
    }

    /** Returns whether an array will receive a gradient. */
    boolean needsGradient(PtNDArray array) {
        return hooks.requiresGradient(array);
    }

    /** Registers a hook that manages memory itself. It may throw, like any other. */
    void registerNative(PtNDArray array, NativeHooks.Hook hook) {
        if (!needsGradient(array)) {
            throw new IllegalArgumentException(
                    "array "
                            + array.getDataType()
                            + " "
                            + array.getShape()
                            + ": needs no gradient, so none will come");
        }
        count.incrementAndGet();
        hooks.register(array, new Guard(hook));
    }

    /**
     * Returns the number of hooks whose graphs still exist.
     *
     * @return the number
     */
    public long getCount() {
        return count.get();
    }

    /**
     * Throws the first error of a hook since the last call, if there is one. It throws the error
     * only once, so that work can continue with other gradients. Call it between the backward pass
     * and the use of its gradients.
     *
     * @throws IllegalStateException if a hook failed; the cause is the hook's exception
     */
    public void check() {
        Throwable first = error.getAndSet(null);
        if (first != null) {
            throw new IllegalStateException(
                    "a gradient hook failed, and its gradient became NaN: " + first.getMessage(),
                    first);
        }
    }

    /** A wrapper that counts a hook and catches its exceptions. */
    private final class Guard implements NativeHooks.Hook {

        private final NativeHooks.Hook hook;

        Guard(NativeHooks.Hook hook) {
            this.hook = hook;
        }

        @Override
        public @Nullable PtNDArray apply(GradientRef gradient) {
            try {
                if (JniUtils.isGradMode()) {
                    throw new UnsupportedOperationException(
                            "a graph of the gradients (createGraph, second derivatives) cannot"
                                    + " pass through gradient hooks");
                }
                return hook.apply(gradient);
            } catch (Throwable t) {
                error.compareAndSet(null, t);
                return poison(gradient);
            }
        }

        private PtNDArray poison(GradientRef gradient) {
            try (PtNDArray array = gradient.toArray(hooks.getManager())) {
                return (PtNDArray) LinearOps.module().callWithGradients("poison", array).get(0);
            } catch (Throwable t) {
                return hooks.newMisfit();
            }
        }

        @Override
        public void free() {
            count.decrementAndGet();
            hook.free();
        }
    }

    /** An adapter that lends arrays to a user's hook. */
    private record Adapter(GradientHook hook, PtNDManager manager) implements NativeHooks.Hook {

        @Override
        public @Nullable PtNDArray apply(GradientRef gradient) {
            PtNDArray array = gradient.toArray(manager);
            try (NDManager scratch = manager.newSubManager(array.getDevice())) {
                array.attach(scratch);
                NDArray replacement = hook.apply(array);
                if (replacement == null) {
                    return null;
                }
                // The returned array may be the gradient itself, or in use elsewhere.
                PtNDArray other = JniUtils.detachGradient((PtNDArray) replacement);
                other.attach(manager);
                return other;
            }
        }
    }
}
