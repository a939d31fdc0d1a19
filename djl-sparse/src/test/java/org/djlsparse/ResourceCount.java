package org.djlsparse;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;

import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Map;

/** The number of resources that an NDManager and the managers below it own. */
public final class ResourceCount {

    private ResourceCount() {}

    /**
     * Counts the resources of a manager and of all managers below it.
     *
     * @param manager the manager to start from
     * @return the number of arrays and other native resources, at any depth
     */
    public static int of(NDManager manager) {
        int count = 0;
        for (Object resource : resources(manager)) {
            count += resource instanceof NDManager child ? of(child) : 1;
        }
        return count;
    }

    /**
     * Counts the resources that a manager owns directly.
     *
     * @param manager the manager
     * @return the number of arrays and other native resources that do not belong to a manager below
     *     it
     */
    public static int direct(NDManager manager) {
        int count = 0;
        for (Object resource : resources(manager)) {
            count += resource instanceof NDManager ? 0 : 1;
        }
        return count;
    }

    private static Collection<?> resources(NDManager manager) {
        try {
            Field field = BaseNDManager.class.getDeclaredField("resources");
            field.setAccessible(true);
            return ((Map<?, ?>) field.get(manager)).values();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
