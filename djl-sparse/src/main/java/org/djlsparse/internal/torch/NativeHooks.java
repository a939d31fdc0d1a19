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
 * <p>PyTorch takes a hook as a C++ {@code std::function}. In libstdc++ that is 16 bytes of the
 * function's own, here a number, and two addresses: of the code that copies and destroys it and of
 * the code that calls it. Both are Java, by JNA.
 *
 * <p>There is one object of this class in a process, and it lives as long: PyTorch may call either
 * address for as long as a graph exists, on any thread, and all that it brings along is the number.
 * Hooks are forgotten when PyTorch destroys the last copy of their function, which it does with the
 * graph.
 */
final class NativeHooks {

    private static final Logger logger = LoggerFactory.getLogger(NativeHooks.class);

    private static final int FUNCTION_BYTES = 32;
    private static final int MANAGER_OFFSET = 16;
    private static final int INVOKER_OFFSET = 24;

    // What a std::function's manager is asked to do.
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
    // JNA keeps neither.
    private final Manager managerCallback = this::manage;
    private final Invoker invokerCallback = this::invoke;
    private final Pointer managerAddress;
    private final Pointer invokerAddress;

    /** What to do with a gradient. */
    interface Hook {

        /**
         * Called with each gradient. Must not throw: the gradient would stay as it is.
         *
         * @param gradient the gradient
         * @return what to put in its place, emptied and closed thereafter; or null to leave it
         */
        @Nullable PtNDArray apply(GradientRef gradient);

        /** Called when the graph is gone. */
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
        // Threads of PyTorch stay known to the JVM once they have been here, and do not keep it up.
        CallbackThreadInitializer asDaemon =
                new CallbackThreadInitializer(true, false, "djl-sparse-hooks");
        Native.setCallbackThreadInitializer(managerCallback, asDaemon);
        Native.setCallbackThreadInitializer(invokerCallback, asDaemon);
        managerAddress = LibTorch.memcpy(managerCallback, null, 0);
        invokerAddress = LibTorch.memcpy(invokerCallback, null, 0);
    }

    /** Returns why there are no hooks here, or null if there are. */
    static @Nullable String reason() {
        return Holder.LOADING.reason();
    }

    /**
     * Returns the hooks of this process.
     *
     * @throws UnsupportedOperationException if there are none here; says why
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

    /** Returns why there are no hooks on a platform, or null if there can be. */
    static @Nullable String rejection(String system, String processor) {
        boolean linux = system.toLowerCase(Locale.ROOT).startsWith("linux");
        boolean x64 = processor.equals("amd64") || processor.equals("x86_64");
        return linux && x64
                ? null
                : "gradient hooks need Linux on x86-64, this is " + system + " on " + processor;
    }

    /** A manager for arrays that a hook makes; never closed. */
    PtNDManager getManager() {
        return manager;
    }

    /**
     * Returns what replaces a gradient if not even an array of NaN of its size can be made: its
     * shape is wrong, which ends the backward pass.
     */
    PtNDArray newMisfit() {
        PtNDArray array = JniUtils.detachGradient(misfit);
        array.attach(manager);
        return array;
    }

    /** Returns whether a gradient will come to an array. */
    boolean requiresGradient(PtNDArray array) {
        return LibTorch.requiresGrad(new Pointer(array.getHandle()).getLong(0)) != 0;
    }

    /**
     * Registers a hook.
     *
     * @param array an array that needs a gradient; anything else would end the JVM
     * @param hook the hook, called after those that were registered before
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

    /** Called by PyTorch, and never throws: no exception may pass through C++ code. */
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

    /** Called by PyTorch with a gradient, to write into the result what replaces it. */
    private long invoke(long result, long function, long gradient) {
        Pointer target = new Pointer(result);
        target.setPointer(0, undefined); // leaves the gradient as it is
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
