package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDResource;
import ai.djl.training.optimizer.Optimizer;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The fields that hold an optimizer's state. They are read and set by reflection, because they are
 * private and DJL has no accessors. DJL's optimizers, and others that call {@code
 * withDefaultState}, have maps from a parameter's id and a device to an array; the class {@link
 * Optimizer} counts updates.
 */
final class OptimizerFields {

    private static final Pattern ARRAYS =
            Pattern.compile(
                    "\\b(?:"
                            + Pattern.quote(NDArray.class.getName())
                            + "|"
                            + Pattern.quote(NDList.class.getName())
                            + ")\\b");

    private final Optimizer optimizer;
    private final Map<String, Map<String, Map<Device, NDArray>>> arrays;
    private final Map<String, Integer> counts;
    private final Field numUpdate;

    /**
     * Finds the fields.
     *
     * @throws IllegalArgumentException if a field is not accessible, is null, or may hold arrays in
     *     another form; transient fields count as fields without state
     */
    OptimizerFields(Optimizer optimizer) {
        this.optimizer = optimizer;
        Map<String, Map<String, Map<Device, NDArray>>> found = new LinkedHashMap<>();
        for (Class<?> type = optimizer.getClass();
                type != null && type != Object.class;
                type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())
                        || Modifier.isTransient(field.getModifiers())) {
                    continue;
                }
                if (isState(field.getGenericType())) {
                    found.put(type.getName() + "." + field.getName(), map(field));
                } else if (mayHoldState(field)) {
                    throw bad(
                            field,
                            "is of type "
                                    + field.getGenericType().getTypeName()
                                    + ": state must be in a Map<String, Map<Device, NDArray>>;"
                                    + " fields without state must be transient");
                }
            }
        }
        arrays = found;
        counts = map(djlField("updateCounts"));
        numUpdate = djlField("numUpdate");
        open(numUpdate);
    }

    String getOptimizerName() {
        return optimizer.getClass().getName();
    }

    /** Returns the optimizer's own maps, by class and field. */
    Map<String, Map<String, Map<Device, NDArray>>> getArrays() {
        return arrays;
    }

    /** Returns the optimizer's own map from a parameter's id to the number of its updates. */
    Map<String, Integer> getCounts() {
        return counts;
    }

    int getNumUpdate() {
        try {
            return numUpdate.getInt(optimizer);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("was opened above", e);
        }
    }

    void setNumUpdate(int value) {
        try {
            numUpdate.setInt(optimizer, value);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("was opened above", e);
        }
    }

    /** Returns whether a type is {@code Map<String, Map<Device, NDArray>>}. */
    private static boolean isState(Type type) {
        return type instanceof ParameterizedType outer
                && Map.class.isAssignableFrom((Class<?>) outer.getRawType())
                && outer.getActualTypeArguments().length == 2
                && outer.getActualTypeArguments()[0] == String.class
                && outer.getActualTypeArguments()[1] instanceof ParameterizedType inner
                // Restored maps are ConcurrentHashMaps, as in withDefaultState.
                && ((Class<?>) inner.getRawType()).isAssignableFrom(ConcurrentHashMap.class)
                && inner.getActualTypeArguments().length == 2
                && inner.getActualTypeArguments()[0] == Device.class
                && inner.getActualTypeArguments()[1] == NDArray.class;
    }

    /** Returns whether a field of another type may hold arrays, which would be lost silently. */
    private static boolean mayHoldState(Field field) {
        Class<?> type = field.getType();
        return Optimizer.class.isAssignableFrom(type)
                || ((type.isArray()
                                || NDResource.class.isAssignableFrom(type)
                                || Iterable.class.isAssignableFrom(type)
                                || Map.class.isAssignableFrom(type))
                        && ARRAYS.matcher(field.getGenericType().getTypeName()).find());
    }

    private static Field djlField(String name) {
        try {
            return Optimizer.class.getDeclaredField(name);
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(
                    "this version of DJL is not supported: its class Optimizer has no field "
                            + name,
                    e);
        }
    }

    @SuppressWarnings("unchecked") // the caller has checked the field's type
    private <V> Map<String, V> map(Field field) {
        open(field);
        try {
            Object value = field.get(optimizer);
            if (value == null) {
                throw bad(field, "is null: must be a map");
            }
            return (Map<String, V>) value;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("was opened above", e);
        }
    }

    private void open(Field field) {
        if (!field.trySetAccessible()) {
            Class<?> type = field.getDeclaringClass();
            Module own = OptimizerFields.class.getModule();
            throw bad(
                    field,
                    "is not accessible because its module is not open: start Java with --add-opens "
                            + type.getModule().getName()
                            + "/"
                            + type.getPackageName()
                            + "="
                            + (own.isNamed() ? own.getName() : "ALL-UNNAMED"));
        }
    }

    private IllegalArgumentException bad(Field field, String what) {
        return new IllegalArgumentException(
                "optimizer "
                        + getOptimizerName()
                        + ": field "
                        + field.getDeclaringClass().getName()
                        + "."
                        + field.getName()
                        + " "
                        + what);
    }
}
