package org.djlsparse.internal.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Rows of text in columns as wide as their widest cell, two spaces apart: the text of reports.
 * Cells are aligned left unless {@link #alignRight} says otherwise.
 */
public final class TextTable {

    private static final int GAP = 2;

    private final List<String[]> rows = new ArrayList<>();
    private final BitSet right = new BitSet();

    /** Creates an empty table. */
    public TextTable() {}

    /**
     * Aligns columns right, as numbers are.
     *
     * @param columns the indices of the columns, from 0
     * @return this table
     */
    public TextTable alignRight(int... columns) {
        for (int column : columns) {
            right.set(column);
        }
        return this;
    }

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
        int[] widths = new int[rows.isEmpty() ? 0 : rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            // Padded by hand: String.format is slow for the million tensors of a file.
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - row[i].length());
                line.append(right.get(i) ? padding + row[i] : row[i] + padding);
                line.append(" ".repeat(GAP));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
