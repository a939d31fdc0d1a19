package org.djlsparse.cli.report;

import java.util.function.IntPredicate;

/** Escapes characters as in Java and JSON: names in files may hold anything. */
public final class Printable {

    private Printable() {}

    /**
     * Escapes control characters, so that the text is safe for a line on the terminal.
     *
     * @param text any text
     * @return one line
     */
    public static String of(String text) {
        return escape(text, Character::isISOControl);
    }

    /**
     * Escapes characters.
     *
     * @param text any text
     * @param unsafe the UTF-16 code units to escape
     * @return the text with each of them as {@code \\u} and four digits
     */
    public static String escape(String text, IntPredicate unsafe) {
        if (text.chars().noneMatch(unsafe)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (unsafe.test(c)) {
                escaped.append(String.format("\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
