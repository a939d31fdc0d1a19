package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Closes resources, each of them even if others fail. */
final class CloseAll {

    private CloseAll() {}

    /** Makes something of an open resource. */
    @FunctionalInterface
    interface Maker<R, T, E extends IOException> {
        T make(R resource) throws E;
    }

    /** Makes something of an open resource, and closes the resource if that fails. */
    static <R extends Closeable, T, E extends IOException> T onFailure(
            R resource, Maker<R, T, E> maker) throws E {
        try {
            return maker.make(resource);
        } catch (Throwable e) {
            after(e, resource);
            throw e;
        }
    }

    /** Closes all, then throws the first failure with the others suppressed. */
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

    /** Closes a resource after a failure, to which it adds one of closing. */
    static void after(Throwable failure, Closeable one) {
        try {
            one.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
