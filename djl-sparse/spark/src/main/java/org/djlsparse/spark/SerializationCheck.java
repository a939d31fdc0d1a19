package org.djlsparse.spark;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;

/** Finds out before any job whether Spark can send an object to its executors. */
final class SerializationCheck {

    private SerializationCheck() {}

    /**
     * Checks an object.
     *
     * @param field what it is, for the error
     * @throws IllegalArgumentException if it cannot be serialized
     */
    static void check(String field, Object object) {
        try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
            out.writeObject(object);
        } catch (NotSerializableException e) {
            throw new IllegalArgumentException(
                    field
                            + " "
                            + object.getClass().getName()
                            + ": must be serializable, but refers to an object of "
                            + e.getMessage()
                            + "; create such objects inside the factory",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    field + " " + object.getClass().getName() + ": cannot be serialized", e);
        }
    }
}
