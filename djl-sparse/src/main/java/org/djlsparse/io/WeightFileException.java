package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** An error in a file of weights. The message, one line, names the file and the tensor. */
public final class WeightFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private WeightFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    static WeightFileException of(Path file, String what) {
        return new WeightFileException(oneLine(file + ": " + what), null);
    }

    static WeightFileException of(Path file, String tensor, String what) {
        return of(file, "tensor \"" + tensor + "\": " + what);
    }

    /** Creates the error for a mapped file that has become shorter. */
    static WeightFileException cut(Path file) {
        return of(file, "ends early: it was cut while being read");
    }

    /** Converts an error of the system. An error that names the file already stays as it is. */
    static WeightFileException of(Path file, String what, IOException cause) {
        if (cause instanceof WeightFileException named) {
            return named;
        }
        return new WeightFileException(oneLine(file + ": " + what + ": " + reason(cause)), cause);
    }

    /** Words an error of the system, whose message is often only the path. */
    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Escapes control characters: names come from the file, and may hold anything. */
    private static String oneLine(String message) {
        StringBuilder line = new StringBuilder();
        message.codePoints()
                .forEach(
                        c -> {
                            if (Character.isISOControl(c)
                                    || Character.getType(c) == Character.SURROGATE) {
                                line.append(String.format("\\u%04x", c));
                            } else {
                                line.appendCodePoint(c);
                            }
                        });
        return line.toString();
    }
}
