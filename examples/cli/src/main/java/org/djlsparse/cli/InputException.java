package org.djlsparse.cli;

import org.jspecify.annotations.Nullable;

/** Bad input from the user. The message names the field, its value and the constraint. */
public final class InputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final @Nullable String field;
    private final String constraint;

    /**
     * Creates an exception about something without a field.
     *
     * @param message one line for the user
     */
    public InputException(String message) {
        this(message, null);
    }

    /**
     * Creates an exception about something without a field.
     *
     * @param message one line for the user
     * @param cause the cause; null if there is none
     */
    public InputException(String message, @Nullable Throwable cause) {
        super(message, cause);
        field = null;
        constraint = message;
    }

    /**
     * Creates an exception about a field.
     *
     * @param field the field's name; that of the command's option without its dashes, if it has one
     * @param value the field's value; null if it is missing
     * @param constraint the violated constraint
     */
    public InputException(String field, @Nullable Object value, String constraint) {
        this(field, value, constraint, null);
    }

    /**
     * Creates an exception about a field.
     *
     * @param field the field's name; that of the command's option without its dashes, if it has one
     * @param value the field's value; null if it is missing
     * @param constraint the violated constraint
     * @param cause the cause; null if there is none
     */
    public InputException(
            String field, @Nullable Object value, String constraint, @Nullable Throwable cause) {
        super(field + (value == null ? "" : " " + value) + ": " + constraint, cause);
        this.field = field;
        this.constraint = constraint;
    }

    /**
     * Names the option where the library's message names its field.
     *
     * @param error the library's error
     * @param field the field with its value, with which the message begins
     * @param option the option with its value
     * @return the error under the option; the same one if it is not about the field
     */
    public static RuntimeException name(RuntimeException error, String field, String option) {
        String message = String.valueOf(error.getMessage());
        return message.startsWith(field + ":")
                ? new InputException(option + message.substring(field.length()), error)
                : error;
    }

    /**
     * Returns the same error under the field through which the user gave the value.
     *
     * @param otherField the name of that field
     * @param value that field's value
     * @return a new exception with this one as its cause
     */
    public InputException about(String otherField, Object value) {
        return new InputException(otherField, value, constraint, this);
    }

    /**
     * Returns the name of the field.
     *
     * @return the name; null for an error without a field
     */
    public @Nullable String getField() {
        return field;
    }
}
