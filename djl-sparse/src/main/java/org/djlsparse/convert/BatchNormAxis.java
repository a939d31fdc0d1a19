package org.djlsparse.convert;

import ai.djl.nn.norm.BatchNorm;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;

/** Reads the axis of a batch norm's channels by reflection, because DJL has no accessor. */
final class BatchNormAxis {

    private BatchNormAxis() {}

    /**
     * Returns the axis.
     *
     * @param norm the batch norm
     * @return the axis, starting at 0
     * @throws UnsupportedOperationException if it cannot be read; the message says why
     */
    static int of(BatchNorm norm) {
        try {
            Field field = BatchNorm.class.getDeclaredField("axis");
            field.setAccessible(true);
            return field.getInt(norm);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            throw new UnsupportedOperationException(
                    "block "
                            + norm.getClass().getSimpleName()
                            + ": the axis of its channels cannot be read: "
                            + e.getMessage(),
                    e);
        }
    }
}
