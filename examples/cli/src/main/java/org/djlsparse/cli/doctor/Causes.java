package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The chain of an exception's causes. The last one usually names the file that is missing. */
final class Causes {

    private Causes() {}

    /**
     * Returns the causes, the outermost first, without the exception itself.
     *
     * @param failure the exception
     * @return a line for each cause: its class and its message
     */
    static List<String> of(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<String> lines = new ArrayList<>();
        @Nullable Throwable cause = failure;
        while (cause != null && seen.add(cause)) {
            if (cause != failure) {
                lines.add(cause.getClass().getSimpleName() + ": " + cause.getMessage());
            }
            cause = cause.getCause();
        }
        return lines;
    }
}
