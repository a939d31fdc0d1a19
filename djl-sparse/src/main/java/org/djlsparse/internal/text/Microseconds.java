package org.djlsparse.internal.text;

import java.util.Locale;

/** Times of products, as text. */
public final class Microseconds {

    private Microseconds() {}

    /**
     * Formats a time.
     *
     * @param nanos the time in nanoseconds
     * @return the time in microseconds, such as {@code 12.3 us}
     */
    public static String format(double nanos) {
        return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
    }
}
