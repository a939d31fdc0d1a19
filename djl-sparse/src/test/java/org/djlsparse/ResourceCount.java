package org.djlsparse;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;

import java.lang.reflect.Field;
import java.util.Map;

/** Counts what an NDManager and the managers below it hold. */
public final class ResourceCount {

    private ResourceCount() {}

    /**
     * Counts resources.
     *
     * @param manager the manager to start from
     * @return the number of arrays and other native things, at any depth
     */
    public static int of(NDManager manager) {
        try {
            Field field = BaseNDManager.class.getDeclaredField("resources");
            field.setAccessible(true);
            int count = 0;
            for (Object resource : ((Map<?, ?>) field.get(manager)).values()) {
                count += resource instanceof NDManager child ? of(child) : 1;
            }
            return count;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
