package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** An error in a file of weights. The message, one line, names the file and the tensor. */
public final class WeightFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String what;

    private WeightFileException(String location, String what, @Nullable Throwable cause) {
        super(oneLine(location + ": " + what), cause);
        this.what = what;
    }

    /** Converts an error in a shard to one of the checkpoint, which names the shard. */
    static WeightFileException inShard(String index, String shard, WeightFileException e) {
        return new WeightFileException(index, "shard " + shard + ": " + e.what, e.getCause());
    }

    static WeightFileException of(Path file, String what) {
        return of(file.toString(), what);
    }

    static WeightFileException of(Path file, String tensor, String what) {
        return of(file.toString(), tensor, what);
    }

    static WeightFileException of(Path file, String what, IOException cause) {
        return of(file.toString(), what, cause);
    }

    /**
     * Creates an error.
     *
     * @param location the path or the URI of the file
     * @param what what is wrong
     * @return the error
     */
    public static WeightFileException of(String location, String what) {
        return new WeightFileException(location, what, null);
    }

    static WeightFileException of(String location, String tensor, String what) {
        return of(location, "tensor \"" + tensor + "\": " + what);
    }

    /** Creates the error for a file that has become shorter. */
    static WeightFileException cut(Path file) {
        return of(file, "ends early: it was cut while being read");
    }

    /**
     * Converts an error of the system. An error that names the file already stays as it is.
     *
     * @param location the path or the URI of the file
     * @param what what could not be done
     * @param cause the error
     * @return the error
     */
    public static WeightFileException of(String location, String what, IOException cause) {
        if (cause instanceof WeightFileException named) {
            return named;
        }
        return new WeightFileException(location, what + ": " + reason(cause), cause);
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
