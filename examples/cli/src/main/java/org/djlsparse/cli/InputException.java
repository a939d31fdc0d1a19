package org.djlsparse.cli;

/** Something that the user gave is wrong. The message names it, its value and the constraint. */
public final class InputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message one line for the user
     */
    public InputException(String message) {
        super(message);
    }

    /**
     * Creates an exception.
     *
     * @param message one line for the user
     * @param cause what told us
     */
    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
