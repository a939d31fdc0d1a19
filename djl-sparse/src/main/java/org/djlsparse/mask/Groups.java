package org.djlsparse.mask;

import java.util.Arrays;

/**
 * Counts the kept entries of a mask's groups, 64 entries at a time. Groups begin at multiples of M;
 * the last group of a line may be shorter.
 */
final class Groups {

    private Groups() {}

    /**
     * Finds the first group along a row that keeps more than a given number.
     *
     * @param m the length of a group
     * @param most the number that a group may keep
     * @return the group's first column; -1 if there is none
     */
    static int firstOverAlongRow(Mask mask, int tap, int row, int m, int most) {
        int columns = mask.getShape().columns();
        if (most >= Math.min(m, columns)) {
            return -1;
        }
        if (m > Integer.SIZE || Integer.bitCount(m) > 1) {
            for (int column = 0; column < columns; column += m) {
                if (countAlongRow(mask, tap, row, column, m) > most) {
                    return column;
                }
            }
            return -1;
        }
        // A field of m bits for each group: its highest bit is set once the count is added.
        long highest = everyField(m) << (m - 1);
        long room = everyField(m) * ((1L << (m - 1)) - 1 - most);
        for (int column = 0; column < columns; column += Long.SIZE) {
            long over = (countFields(mask.bits(tap, row, column), m) + room) & highest;
            if (over != 0) {
                return column + Long.numberOfTrailingZeros(over) / m * m;
            }
        }
        return -1;
    }

    /** The lowest bit of each field of m bits; m is a power of two. */
    private static long everyField(int m) {
        return Long.divideUnsigned(-1, (1L << m) - 1);
    }

    /** Replaces each field of m bits by the number of its bits; m is a power of two up to 32. */
    private static long countFields(long bits, int m) {
        long counts = bits - (bits >>> 1 & 0x5555555555555555L);
        if (m >= 4) {
            counts = (counts & 0x3333333333333333L) + (counts >>> 2 & 0x3333333333333333L);
        }
        if (m >= 8) {
            counts = (counts + (counts >>> 4)) & 0x0f0f0f0f0f0f0f0fL;
        }
        if (m >= 16) {
            counts = (counts + (counts >>> 8)) & 0x00ff00ff00ff00ffL;
        }
        return m < Integer.SIZE ? counts : (counts + (counts >>> 16)) & 0x0000ffff0000ffffL;
    }

    /** Counts the kept ones of M entries of a row, from a column on. */
    static int countAlongRow(Mask mask, int tap, int row, int firstColumn, int m) {
        int end = firstColumn + Math.min(m, mask.getShape().columns() - firstColumn);
        int count = 0;
        int column = firstColumn;
        while (column < end) {
            int next = Math.min(end, (column | (Long.SIZE - 1)) + 1);
            long bits = mask.bits(tap, row, column) >>> column;
            // Of the bits from the column on, those before the next: at least one.
            count += Long.bitCount(bits << (Long.SIZE - (next - column)));
            column = next;
        }
        return count;
    }

    /**
     * Finds the first of the groups along columns, side by side from a row on, that keeps more than
     * a given number.
     *
     * @param m the length of a group
     * @param most the number that a group may keep
     * @return the group's column; -1 if there is none
     */
    static int firstOverAlongColumns(Mask mask, int tap, int firstRow, int m, int most) {
        int end = firstRow + Math.min(m, mask.getShape().rows() - firstRow);
        if (most >= end - firstRow) {
            return -1;
        }
        // For each count up to most + 1, the columns that keep at least that many.
        long[] atLeast = new long[most + 1];
        for (int column = 0; column < mask.getShape().columns(); column += Long.SIZE) {
            for (int row = firstRow; row < end; row++) {
                long bits = mask.bits(tap, row, column);
                for (int k = most; k > 0; k--) {
                    atLeast[k] |= atLeast[k - 1] & bits;
                }
                atLeast[0] |= bits;
            }
            if (atLeast[most] != 0) {
                return column + Long.numberOfTrailingZeros(atLeast[most]);
            }
            Arrays.fill(atLeast, 0);
        }
        return -1;
    }

    /** Counts the kept ones of M entries of a column, from a row on. */
    static int countAlongColumn(Mask mask, int tap, int firstRow, int column, int m) {
        int end = firstRow + Math.min(m, mask.getShape().rows() - firstRow);
        int count = 0;
        for (int row = firstRow; row < end; row++) {
            count += (int) (mask.bits(tap, row, column) >>> column & 1);
        }
        return count;
    }

    /** Returns the most entries that any group of M along a row keeps. */
    static int mostAlongRows(Mask mask, int m) {
        WeightShape shape = mask.getShape();
        int most = 0;
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row++) {
                int over;
                while ((over = firstOverAlongRow(mask, tap, row, m, most)) >= 0) {
                    most = countAlongRow(mask, tap, row, over, m);
                }
            }
        }
        return most;
    }

    /** Returns the most entries that any group of M along a column keeps. */
    static int mostAlongColumns(Mask mask, int m) {
        WeightShape shape = mask.getShape();
        int most = 0;
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row += m) {
                int over;
                while ((over = firstOverAlongColumns(mask, tap, row, m, most)) >= 0) {
                    most = countAlongColumn(mask, tap, row, over, m);
                }
            }
        }
        return most;
    }
}
