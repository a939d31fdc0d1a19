package org.djlsparse.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of text, whose columns are as wide as their widest cell. */
public final class TextTable {

    private final List<String[]> rows = new ArrayList<>();

    /** Creates an empty table. */
    public TextTable() {}

    /**
     * Adds a row.
     *
     * @param cells the cells, as many as in the first row
     */
    public void add(String... cells) {
        rows.add(cells);
    }

    /**
     * Formats a share in percent.
     *
     * @param share the share, 1 for all
     * @return the text, such as {@code 12.5%}
     */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(String.format("%-" + (widths[i] + 2) + "s", row[i]));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
