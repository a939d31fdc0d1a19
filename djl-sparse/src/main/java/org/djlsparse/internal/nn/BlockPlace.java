package org.djlsparse.internal.nn;

import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A place where a block holds another one: its list of children, or a field, such as the key
 * projection of attention. DJL offers no way to change either, so this uses reflection.
 */
@FunctionalInterface
interface BlockPlace {

    /**
     * Puts a block of the same class, or of a subclass, into the place.
     *
     * @throws UnsupportedOperationException if the place cannot be changed; the message says why
     */
    void set(Block block);

    /**
     * Finds all places where one block holds another.
     *
     * @param parent the holding block
     * @param child the held block
     * @return the places
     * @throws UnsupportedOperationException if one of them cannot be changed; the message says
     *     which
     */
    static List<BlockPlace> find(Block parent, Block child) {
        String name = parent.getClass().getName();
        if (!(parent instanceof AbstractBlock)) {
            throw new UnsupportedOperationException(
                    "held by " + name + ", which does not extend AbstractBlock");
        }
        List<BlockPlace> places = new ArrayList<>();
        try {
            Field list = AbstractBlock.class.getDeclaredField("children");
            list.setAccessible(true);
            BlockList children = (BlockList) list.get(parent);
            for (int i = 0; i < children.size(); i++) {
                if (children.valueAt(i) == child) {
                    places.add(inList(children, i));
                }
            }
            Class<?> type = parent.getClass();
            while (type != null && type != AbstractBlock.class) {
                for (Field field : type.getDeclaredFields()) {
                    addField(places, field, parent, child);
                }
                type = type.getSuperclass();
            }
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            throw new UnsupportedOperationException(
                    "held by " + name + ", whose fields cannot be read: " + e.getMessage(), e);
        }
        return places;
    }

    private static void addField(List<BlockPlace> places, Field field, Block parent, Block child)
            throws IllegalAccessException {
        if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
            return;
        }
        field.setAccessible(true);
        Object value = field.get(parent);
        if (value == child) {
            places.add(inField(field, parent));
        } else if (isAmong(child, value)) {
            throw new UnsupportedOperationException("held in " + field);
        }
    }

    private static boolean isAmong(Block child, @Nullable Object value) {
        Stream<?> elements = Stream.of();
        if (value instanceof Collection<?> collection) {
            elements = collection.stream();
        } else if (value instanceof Map<?, ?> map) {
            elements = map.values().stream();
        } else if (value instanceof Object[] array) {
            elements = Arrays.stream(array);
        }
        return elements.anyMatch(element -> element == child);
    }

    private static BlockPlace inList(BlockList list, int index) {
        return block -> {
            String key = list.keyAt(index);
            list.remove(index);
            list.add(index, key, block);
        };
    }

    private static BlockPlace inField(Field field, Block parent) {
        return block -> {
            if (!field.getType().isInstance(block)) {
                throw new UnsupportedOperationException("held in " + field);
            }
            try {
                field.set(parent, block);
            } catch (IllegalAccessException e) {
                throw new UnsupportedOperationException("held in " + field, e);
            }
        };
    }
}
