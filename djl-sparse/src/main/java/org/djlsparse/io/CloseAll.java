package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Closes several things, each of them even if others fail. */
final class CloseAll {

    private CloseAll() {}

    /** Throws the first failure, with the others suppressed, when all have been closed. */
    static void of(List<? extends Closeable> all) throws IOException {
        IOException failure = null;
        for (Closeable one : all) {
            try {
                one.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Closes something because of a failure, which is the one to throw. */
    static void after(Exception failure, Closeable one) {
        try {
            one.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
