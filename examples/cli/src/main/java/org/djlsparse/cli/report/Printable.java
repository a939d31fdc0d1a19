package org.djlsparse.cli.report;

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
        int safe = 0;
        while (safe < text.length() && !Character.isISOControl(text.charAt(safe))) {
            safe++;
        }
        if (safe == text.length()) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.substring(0, safe));
        for (int i = safe; i < text.length(); i++) {
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
