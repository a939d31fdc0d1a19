package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;

import org.jspecify.annotations.Nullable;

import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A thread's stack of DJL's {@link NDScope}s, which also shows each new array's Java memory to the
 * {@link StepMemory}s that are open on the thread.
 *
 * <p>DJL registers a new array by {@code stack.getLast().resources.put(array, array)}, if the stack
 * is not empty. This stack answers with a scope of its own, whose map passes all on to the scope
 * that is really the last, if there is one.
 */
@SuppressWarnings("serial") // of a thread's own
final class RecordedScopes extends ArrayDeque<NDScope> {

    /** The stack of each thread; null if DJL's scopes are not as known. */
    private static final @Nullable ThreadLocal<Deque<NDScope>> STACKS = findStacks();

    private static final @Nullable Field RESOURCES = find(NDScope.class, "resources");

    /** Where arrays of a class keep their Java memory. */
    private static final ClassValue<Memory> MEMORY =
            new ClassValue<>() {
                @Override
                protected Memory computeValue(Class<?> type) {
                    boolean shares = type.getName().equals("ai.djl.pytorch.engine.PtNDArray");
                    return new Memory(shares, shares ? find(type, "dataRef") : null);
                }
            };

    /**
     * Whether arrays may share Java's memory, and the field that holds it; null if there is none.
     */
    private record Memory(boolean shares, @Nullable Field field) {}

    // Weak, so that a model that is gone leaves nothing behind.
    private final List<WeakReference<StepMemory>> memories = new ArrayList<>(2);
    private final NDScope last;

    private RecordedScopes(NDScope last) {
        this.last = last;
    }

    /** Shows a memory what this thread makes from now on; false if that cannot be seen. */
    static boolean record(StepMemory memory) {
        if (STACKS == null || RESOURCES == null) {
            return false;
        }
        RecordedScopes scopes =
                STACKS.get() instanceof RecordedScopes recorded
                        ? recorded
                        : replace(STACKS, RESOURCES);
        scopes.memories.removeIf(known -> !isOpen(known));
        if (scopes.memories.stream().noneMatch(known -> known.refersTo(memory))) {
            scopes.memories.add(new WeakReference<>(memory));
        }
        return true;
    }

    /** Gives this thread DJL's own stack again if no memory is open on it. */
    static void tidy() {
        if (STACKS != null && STACKS.get() instanceof RecordedScopes scopes) {
            scopes.memories.removeIf(known -> !isOpen(known));
            if (scopes.memories.isEmpty()) {
                STACKS.set(new ArrayDeque<>(scopes));
            }
        }
    }

    private static boolean isOpen(WeakReference<StepMemory> known) {
        StepMemory memory = known.get();
        return memory != null && memory.isOpen();
    }

    private static RecordedScopes replace(ThreadLocal<Deque<NDScope>> stacks, Field resources) {
        Deque<NDScope> plain = stacks.get();
        NDScope last = new NDScope(); // pushes itself
        plain.remove(last);
        RecordedScopes scopes = new RecordedScopes(last);
        scopes.addAll(plain);
        try {
            resources.set(last, scopes.new Resources());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e); // it was made accessible
        }
        stacks.set(scopes);
        return scopes;
    }

    @Override
    public boolean isEmpty() {
        return false;
    }

    @Override
    public NDScope getLast() {
        return last;
    }

    private void show(NDArray array) {
        Memory memory = MEMORY.get(array.getClass());
        if (!memory.shares()) {
            return;
        }
        Object buffer = memory.field() == null ? null : get(memory.field(), array);
        for (WeakReference<StepMemory> known : memories) {
            StepMemory open = known.get();
            if (open != null && memory.field() == null) {
                open.warn();
            } else if (open != null && buffer instanceof ByteBuffer shared) {
                open.hold(shared);
            }
        }
    }

    /** The arrays of the scope that is really the last; null if there is no scope. */
    private @Nullable Map<NDArray, NDArray> lastResources() {
        NDScope scope = peekLast();
        if (scope == null || RESOURCES == null) {
            return null;
        }
        @SuppressWarnings("unchecked") // as DJL declares it
        Map<NDArray, NDArray> resources = (Map<NDArray, NDArray>) get(RESOURCES, scope);
        return resources;
    }

    private static Object get(Field field, Object object) {
        try {
            return field.get(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e); // it was made accessible
        }
    }

    @SuppressWarnings("unchecked") // as DJL declares it
    private static @Nullable ThreadLocal<Deque<NDScope>> findStacks() {
        Field field = find(NDScope.class, "SCOPE_STACK");
        return field == null ? null : (ThreadLocal<Deque<NDScope>>) get(field, NDScope.class);
    }

    private static @Nullable Field find(Class<?> owner, String name) {
        try {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException | RuntimeException e) {
            return null; // another version of DJL, or one that modules close
        }
    }

    private final class Resources extends IdentityHashMap<NDArray, NDArray> {

        @Override
        public @Nullable NDArray put(NDArray array, NDArray same) {
            show(array);
            Map<NDArray, NDArray> resources = lastResources();
            return resources == null ? null : resources.put(array, same);
        }

        @Override
        public @Nullable NDArray remove(Object array) {
            Map<NDArray, NDArray> resources = lastResources();
            return resources == null ? null : resources.remove(array);
        }
    }
}
