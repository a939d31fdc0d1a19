package org.djlsparse.spark;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.function.Supplier;

/**
 * The result of a task, or why its input was bad. Spark would run a task again that throws, which
 * does not help against bad input, and would bury its message.
 */
final class Outcome<T extends Serializable> implements Serializable {

    private static final long serialVersionUID = 1;

    private final @Nullable T value;
    private final String problem;

    private Outcome(@Nullable T value, String problem) {
        this.value = value;
        this.problem = problem;
    }

    static <T extends Serializable> Outcome<T> of(Supplier<T> task) {
        try {
            return new Outcome<>(task.get(), "");
        } catch (IllegalArgumentException e) {
            return new Outcome<>(null, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns the result.
     *
     * @param prefix the start of the message if there is none
     * @throws IllegalArgumentException if the input was bad
     */
    T get(String prefix) {
        if (value == null) {
            throw new IllegalArgumentException(prefix + problem);
        }
        return value;
    }
}
