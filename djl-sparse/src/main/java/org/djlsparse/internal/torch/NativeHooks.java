package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;

import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hooks on PyTorch's tensors, written in Java.
 *
 * <p>PyTorch takes a hook as a C++ {@code std::function}. In libstdc++, this consists of 16 bytes
 * of state, here a number, and two addresses: that of the code that copies and destroys the
 * function, and that of the code that calls it. Both are Java code, called through JNA.
 *
 * <p>A process has one object of this class, which is never discarded: PyTorch may call either
 * address on any thread as long as a graph exists, and passes only the number. A hook is removed
 * when PyTorch destroys the last copy of its function, together with the graph.
 */
final class NativeHooks {

    private static final Logger logger = LoggerFactory.getLogger(NativeHooks.class);

    private static final int FUNCTION_BYTES = 32;
    private static final int MANAGER_OFFSET = 16;
    private static final int INVOKER_OFFSET = 24;

    // The operations of a std::function's manager.
    private static final int GET_POINTER = 1;
    private static final int CLONE = 2;
    private static final int DESTROY = 3;

    private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong nextId = new AtomicLong(1);
    private final ThreadLocal<Memory> functions =
            ThreadLocal.withInitial(() -> new Memory(FUNCTION_BYTES));
    private final PtNDArray misfit;
    private final PtNDManager manager;
    private final Pointer undefined;
    // Fields, because JNA does not keep callbacks reachable.
    private final Manager managerCallback = this::manage;
    private final Invoker invokerCallback = this::invoke;
    private final Pointer managerAddress;
    private final Pointer invokerAddress;

    /** A function of a gradient. */
    interface Hook {

        /**
         * Processes a gradient. Must not throw: the gradient would then stay unchanged.
         *
         * @param gradient the gradient
         * @return the replacement, which is emptied and closed afterwards; or null to keep the
         *     gradient
         */
        @Nullable PtNDArray apply(GradientRef gradient);

        /** Called after the graph has been destroyed. */
        default void free() {}
    }

    private record Entry(Hook hook, AtomicInteger copies) {}

    /** Copies and destroys functions. */
    interface Manager extends Callback {
        int manage(long destination, long source, int operation);
    }

    /** Calls a function. */
    interface Invoker extends Callback {
        long invoke(long result, long function, long gradient);
    }

    private record Loading(@Nullable NativeHooks hooks, @Nullable String reason) {}

    private static final class Holder {
        static final Loading LOADING = load();
    }

    private NativeHooks(Pointer undefined) {
        this.undefined = undefined;
        manager = (PtNDManager) Engine.getEngine(PtEngine.ENGINE_NAME).newBaseManager(Device.cpu());
        misfit = (PtNDArray) manager.full(new Shape(), Float.NaN);
        // PyTorch's threads stay attached to the JVM after their first call, as daemons, so that
        // they do not prevent its exit.
        CallbackThreadInitializer asDaemon =
                new CallbackThreadInitializer(true, false, "djl-sparse-hooks");
        Native.setCallbackThreadInitializer(managerCallback, asDaemon);
        Native.setCallbackThreadInitializer(invokerCallback, asDaemon);
        managerAddress = LibTorch.memcpy(managerCallback, null, 0);
        invokerAddress = LibTorch.memcpy(invokerCallback, null, 0);
    }

    /** Returns the reason why hooks are not available, or null if they are. */
    static @Nullable String reason() {
        return Holder.LOADING.reason();
    }

    /**
     * Returns the hooks of this process.
     *
     * @throws UnsupportedOperationException if hooks are not available; the message says why
     */
    static NativeHooks get() {
        NativeHooks hooks = Holder.LOADING.hooks();
        if (hooks == null) {
            throw new UnsupportedOperationException(reason());
        }
        return hooks;
    }

    private static Loading load() {
        String reason = rejection(System.getProperty("os.name"), System.getProperty("os.arch"));
        if (reason != null) {
            return new Loading(null, reason);
        }
        try {
            Engine.getEngine(PtEngine.ENGINE_NAME);
            return new Loading(new NativeHooks(LibTorch.load(LibUtils.getLibtorchPath())), null);
        } catch (UnsatisfiedLinkError e) {
            return new Loading(
                    null,
                    "gradient hooks: PyTorch "
                            + LibUtils.getVersion()
                            + " lacks what they need: "
                            + e.getMessage());
        } catch (LinkageError | IllegalArgumentException | EngineException e) {
            return new Loading(
                    null, "gradient hooks need DJL's PyTorch engine and JNA: " + e.getMessage());
        }
    }

    /** Returns the reason why a platform has no hooks, or null if it may have them. */
    static @Nullable String rejection(String system, String processor) {
        boolean linux = system.toLowerCase(Locale.ROOT).startsWith("linux");
        boolean x64 = processor.equals("amd64") || processor.equals("x86_64");
        return linux && x64
                ? null
                : "gradient hooks need Linux on x86-64, this is " + system + " on " + processor;
    }

    /** Returns a manager for arrays that hooks create; it is never closed. */
    PtNDManager getManager() {
        return manager;
    }

    /**
     * Returns the replacement of a gradient if not even an array of NaN of its size can be created:
     * its shape is wrong, which ends the backward pass.
     */
    PtNDArray newMisfit() {
        PtNDArray array = JniUtils.detachGradient(misfit);
        array.attach(manager);
        return array;
    }

    /** Returns whether an array will receive a gradient. */
    boolean requiresGradient(PtNDArray array) {
        return LibTorch.requiresGrad(new Pointer(array.getHandle()).getLong(0)) != 0;
    }

    /**
     * Registers a hook.
     *
     * @param array an array that needs a gradient; any other array would crash the JVM
     * @param hook the hook, called after those registered before it
     */
    void register(PtNDArray array, Hook hook) {
        long id = nextId.getAndIncrement();
        entries.put(id, new Entry(hook, new AtomicInteger(1)));
        Memory function = functions.get();
        function.setLong(0, id);
        function.setLong(8, 0);
        function.setPointer(MANAGER_OFFSET, managerAddress);
        function.setPointer(INVOKER_OFFSET, invokerAddress);
        LibTorch.registerHook(array.getHandle(), function);
        boolean moved = function.getPointer(MANAGER_OFFSET) == null;
        if (!moved) {
            destroy(id);
        }
    }

    /**
     * Copies or destroys a function. Called by PyTorch; never throws, because no exception may pass
     * through C++ code.
     */
    private int manage(long destination, long source, int operation) {
        if (operation == GET_POINTER) {
            new Pointer(destination).setLong(0, source);
        } else if (operation == CLONE) {
            long id = new Pointer(source).getLong(0);
            new Pointer(destination).setLong(0, id);
            entry(id).copies().incrementAndGet();
        } else if (operation == DESTROY) {
            destroy(new Pointer(destination).getLong(0));
        }
        return 0;
    }

    private void destroy(long id) {
        Entry entry = entry(id);
        if (entry.copies().decrementAndGet() == 0) {
            entries.remove(id);
            try {
                entry.hook().free();
            } catch (Throwable t) {
                logger.error("A gradient hook failed to free what it held", t);
            }
        }
    }

    /** Writes the replacement of a gradient into the result. Called by PyTorch. */
    private long invoke(long result, long function, long gradient) {
        Pointer target = new Pointer(result);
        target.setPointer(0, undefined); // keeps the gradient
        try {
            boolean none = undefined.equals(new Pointer(gradient).getPointer(0));
            if (!none) {
                Hook hook = entry(new Pointer(function).getLong(0)).hook();
                PtNDArray replacement = hook.apply(new GradientRef(gradient));
                if (replacement != null) {
                    Pointer tensor = new Pointer(replacement.getHandle());
                    target.setPointer(0, tensor.getPointer(0));
                    tensor.setPointer(0, undefined);
                    replacement.close();
                }
            }
        } catch (Throwable t) {
            logger.error("A gradient hook failed and could not replace the gradient", t);
        }
        return result;
    }

    private Entry entry(long id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new IllegalStateException("gradient hook " + id + ": not registered");
        }
        return entry;
    }
}
