package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Closes several things, each of them even if others fail. */
final class CloseAll {

    private CloseAll() {}

    /** Throws the last failure, if there was one, when all have been closed. */
    static void of(List<? extends Closeable> all) throws IOException {
        IOException failure = null;
        for (Closeable one : all) {
            try {
                one.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
