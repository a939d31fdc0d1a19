package org.djlsparse.mask;

import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An N:M sparsity pattern: N kept of every M consecutive entries.
 *
 * <p>Hardware and PyTorch count in this way. The paper (Hubara et al., NeurIPS 2021) counts the
 * zeros instead, as {@link #pruning(int, int)} does. At 2:4 and 4:8 both agree.
 *
 * @param n the number of entries kept, from 1 to m
 * @param m the length of a group, at least 2
 */
public record NmPattern(int n, int m) implements Serializable {

    private static final Pattern TEXT =
            Pattern.compile("\\s*(-?\\d{1,9})\\s*:\\s*(-?\\d{1,9})\\s*");

    /**
     * Creates a pattern.
     *
     * @throws IllegalArgumentException if m is below 2, n below 1 or n above m
     */
    public NmPattern {
        if (m < 2) {
            throw new IllegalArgumentException("pattern " + n + ":" + m + ": M must be at least 2");
        }
        if (n < 1 || n > m) {
            throw new IllegalArgumentException(
                    "pattern " + n + ":" + m + ": N must be from 1 to M = " + m);
        }
    }

    /**
     * Creates the pattern that keeps n of every m entries.
     *
     * @param n the number of entries kept
     * @param m the length of a group
     * @return the pattern
     * @throws IllegalArgumentException if there is no such pattern
     */
    public static NmPattern of(int n, int m) {
        return new NmPattern(n, m);
    }

    /**
     * Creates a pattern from the number of zeros, as the paper counts.
     *
     * @param zeros the number of entries pruned in every m
     * @param m the length of a group
     * @return the pattern that keeps {@code m - zeros} of every m entries
     * @throws IllegalArgumentException if there is no such pattern
     */
    public static NmPattern pruning(int zeros, int m) {
        if (zeros < 0 || zeros >= m) {
            throw new IllegalArgumentException(
                    "zeros " + zeros + ": must be from 0 to M - 1 = " + (m - 1));
        }
        return new NmPattern(m - zeros, m);
    }

    /**
     * Reads a pattern from text.
     *
     * @param text N and M with a colon between them, such as "2:4"
     * @return the pattern
     * @throws IllegalArgumentException if the text is not of that form or there is no such pattern
     */
    public static NmPattern parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "pattern \"" + text + "\": must be N:M, such as 2:4");
        }
        return new NmPattern(
                Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /**
     * Returns the kept fraction of a whole group.
     *
     * @return n / m
     */
    public double getDensity() {
        return (double) n / m;
    }

    @Override
    public String toString() {
        return n + ":" + m;
    }
}
