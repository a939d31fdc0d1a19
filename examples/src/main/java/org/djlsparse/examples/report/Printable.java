package org.djlsparse.examples.report;

/** Makes text safe for a line on the terminal: names in files may hold anything. */
public final class Printable {

    private Printable() {}

    /**
     * Escapes control characters.
     *
     * @param text any text
     * @return one line
     */
    public static String of(String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }
}
