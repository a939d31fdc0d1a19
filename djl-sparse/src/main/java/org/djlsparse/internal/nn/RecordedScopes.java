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
 * A thread's stack of DJL's {@link NDScope}s that also reports the Java memory of each new array to
 * the {@link StepMemory} objects that are open on the thread.
 *
 * <p>DJL registers a new array with {@code stack.getLast().resources.put(array, array)}, if the
 * stack is not empty. The {@code getLast} of this stack returns an additional scope, whose map
 * forwards all calls to the stack's real last scope, if there is one.
 */
@SuppressWarnings("serial") // never serialized
final class RecordedScopes extends ArrayDeque<NDScope> {

    /** The stack of each thread; null if this version of DJL lacks the field. */
    private static final @Nullable ThreadLocal<Deque<NDScope>> STACKS = findStacks();

    private static final @Nullable Field RESOURCES = find(NDScope.class, "resources");

    /** The place where arrays of a class keep their Java memory. */
    private static final ClassValue<Memory> MEMORY =
            new ClassValue<>() {
                @Override
                protected Memory computeValue(Class<?> type) {
                    boolean shares = type.getName().equals("ai.djl.pytorch.engine.PtNDArray");
                    return new Memory(shares, shares ? find(type, "dataRef") : null);
                }
            };

    /**
     * Whether arrays of a class may share Java memory, and the field that holds it; null if there
     * is none.
     */
    private record Memory(boolean shares, @Nullable Field field) {}

    // Weak, so that the memory of a discarded model can be collected.
    private final List<WeakReference<StepMemory>> memories = new ArrayList<>(2);
    private final NDScope last;

    private RecordedScopes(NDScope last) {
        this.last = last;
    }

    /**
     * Reports the arrays that this thread creates from now on to a memory; returns {@code false} if
     * they cannot be observed.
     */
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

    /** Restores DJL's own stack for this thread if no memory is open on it. */
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
        NDScope last = new NDScope(); // its constructor pushes it
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

    /** Returns the arrays of the real last scope; null if there is no scope. */
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
            return null; // another version of DJL, or a module that does not open the class
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
