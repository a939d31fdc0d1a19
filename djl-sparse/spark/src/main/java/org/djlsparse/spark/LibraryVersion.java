package org.djlsparse.spark;

import org.apache.spark.SparkEnv;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The version of this library, so that a task notices if its executor has another one. The
 * serializable classes have fixed serial version ids for the same purpose: a task then gets this
 * far and can say so.
 */
final class LibraryVersion {

    private static final String RESOURCE = "version.properties";

    private LibraryVersion() {}

    /** Returns the version, such as {@code 0.1.0}. */
    static String get() {
        Properties properties = new Properties();
        try (InputStream in = LibraryVersion.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("djl-sparse-spark lacks its " + RESOURCE);
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }

    /** Throws an IllegalStateException, in a task, if the driver has another version. */
    static void check(String driver) {
        check(driver, SparkEnv.get().blockManager().blockManagerId().host());
    }

    static void check(String driver, String host) {
        String own = get();
        if (!own.equals(driver)) {
            throw new IllegalStateException(
                    "executor on "
                            + host
                            + ": has djl-sparse-spark "
                            + own
                            + ", must have the driver's "
                            + driver);
        }
    }
}
