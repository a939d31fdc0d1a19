package org.djlsparse.cli.report;

import org.djlsparse.internal.text.TextTable;
import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Formats values for people, the same in every locale. */
public final class Text {

    /** The text of a value that is missing. */
    public static final String NONE = "-";

    private Text() {}

    /**
     * Formats values.
     *
     * @param format as in {@link String#format(String, Object...)}
     * @param values the values
     * @return the text
     */
    public static String format(String format, @Nullable Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /**
     * Formats a number that may be missing.
     *
     * @param format the format of the number
     * @param value the number; null if it is missing
     * @return the text; {@code -} for null
     */
    public static String number(String format, @Nullable Double value) {
        return value == null ? NONE : format(format, value);
    }

    /**
     * Formats a share that may be missing.
     *
     * @param share the share, 1 for all; null if it is missing
     * @return such as {@code 12.5%}; {@code -} for null
     */
    public static String percent(@Nullable Double share) {
        return share == null ? NONE : TextTable.percent(share);
    }
}
