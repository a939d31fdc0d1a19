package org.djlsparse.mask;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * Mask diversity: the number of masks of a square block of weights that a constraint allows (Hubara
 * et al. 2021, section 3). The more masks, the less a constraint costs in accuracy.
 *
 * <p>The paper's formula for transposable masks is not the number of such masks, and orders the
 * constraints differently: at 4:8 on an 8 x 8 block it gives 1.76e13, more than the 2.82e12 masks
 * that plain 2:4 allows, while the true number is 1.17e11. This class has both.
 */
public final class MaskDiversity {

    private MaskDiversity() {}

    /**
     * Counts the masks that keep N/M of a block's entries, at any places.
     *
     * @param pattern the pattern, whose density is kept
     * @param side the block's number of rows and of columns, a multiple of M
     * @return the count
     * @throws IllegalArgumentException if side is not a positive multiple of M
     */
    public static BigInteger unstructured(NmPattern pattern, int side) {
        checkSide(pattern, side);
        int size = Math.multiplyExact(side, side);
        return choose(size, size / pattern.m() * pattern.n());
    }

    /**
     * Counts the masks that keep N of every M consecutive entries of a row.
     *
     * @param pattern the pattern
     * @param side the block's number of rows and of columns, a multiple of M
     * @return the count
     * @throws IllegalArgumentException if side is not a positive multiple of M
     */
    public static BigInteger rowWise(NmPattern pattern, int side) {
        checkSide(pattern, side);
        return choose(pattern.m(), pattern.n()).pow(side / pattern.m() * side);
    }

    /**
     * Counts the masks that keep exactly N in each row and column of each M x M tile.
     *
     * <p>Goes down the rows of one tile. The choices of the rows below depend only on the number of
     * columns that lack each number of entries, so columns that lack the same number are counted
     * together. N:M and (M - N):M have equally many masks, since one prunes what the other keeps,
     * so the smaller N is used.
     *
     * <p>Cost: grows about fivefold with M at N = M / 2; 8:16 takes about a second.
     *
     * @param pattern the pattern
     * @param side the block's number of rows and of columns, a multiple of M
     * @return the count
     * @throws IllegalArgumentException if side is not a positive multiple of M, or M is above 65535
     */
    public static BigInteger transposable(NmPattern pattern, int side) {
        checkSide(pattern, side);
        if (pattern.m() > Character.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "pattern " + pattern + ": M must be at most " + (int) Character.MAX_VALUE);
        }
        int m = pattern.m();
        int n = Math.min(pattern.n(), m - pattern.n());
        // A state is a string. Its character i is the number of columns that lack i entries.
        char[] lacking = new char[n + 1];
        lacking[n] = (char) m;
        Map<String, BigInteger> counts = Map.of(new String(lacking), BigInteger.ONE);
        for (int rowsBelow = m - 1; rowsBelow >= 0; rowsBelow--) {
            Map<String, BigInteger> next = new HashMap<>();
            Row row = new Row(rowsBelow, next);
            counts.forEach((state, count) -> row.add(state, state.toCharArray(), 1, n, count));
            counts = next;
        }
        BigInteger tile = counts.values().stream().reduce(BigInteger.ZERO, BigInteger::add);
        return tile.pow(tiles(pattern, side));
    }

    /**
     * Evaluates the paper's formula for transposable masks: {@code (M! (M-1)! ...
     * (M-Z+1)!)^(T/M^2)} for blocks of T entries, with Z = M - N the number of zeros, which the
     * paper calls N.
     *
     * @param pattern the pattern
     * @param side the block's number of rows and of columns, a multiple of M
     * @return the value of the formula, which is not the number of such masks
     * @throws IllegalArgumentException if side is not a positive multiple of M
     */
    public static BigInteger transposableFormula(NmPattern pattern, int side) {
        checkSide(pattern, side);
        BigInteger tile = BigInteger.ONE;
        for (int k = pattern.n() + 1; k <= pattern.m(); k++) {
            tile = tile.multiply(factorial(k));
        }
        return tile.pow(tiles(pattern, side));
    }

    /** One more row: the states that it leads to, each with the number of ways. */
    private record Row(int rowsBelow, Map<String, BigInteger> next) {

        /** Takes entries from columns that lack a number; columns that lack fewer are done. */
        void add(String state, char[] after, int lack, int left, BigInteger ways) {
            if (lack == after.length) {
                if (left == 0) {
                    next.merge(new String(after), ways, BigInteger::add);
                }
                return;
            }
            int columns = state.charAt(lack);
            // A column that lacks more than the rows below can give must get one here.
            int least = lack > rowsBelow ? columns : 0;
            for (int taken = least; taken <= Math.min(left, columns); taken++) {
                after[lack] -= (char) taken;
                after[lack - 1] += (char) taken;
                add(state, after, lack + 1, left - taken, ways.multiply(choose(columns, taken)));
                after[lack] += (char) taken;
                after[lack - 1] -= (char) taken;
            }
        }
    }

    private static int tiles(NmPattern pattern, int side) {
        return (side / pattern.m()) * (side / pattern.m());
    }

    private static void checkSide(NmPattern pattern, int side) {
        if (side < 1 || side % pattern.m() != 0) {
            throw new IllegalArgumentException(
                    "block side " + side + ": must be a positive multiple of M = " + pattern.m());
        }
    }

    private static BigInteger choose(int n, int k) {
        BigInteger result = BigInteger.ONE;
        for (int i = 1; i <= k; i++) {
            result = result.multiply(BigInteger.valueOf(n - k + i)).divide(BigInteger.valueOf(i));
        }
        return result;
    }

    private static BigInteger factorial(int n) {
        BigInteger result = BigInteger.ONE;
        for (int i = 2; i <= n; i++) {
            result = result.multiply(BigInteger.valueOf(i));
        }
        return result;
    }
}
