package org.djlsparse.mask;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Mask diversity: how many masks a constraint leaves for a square block of weights (Hubara et al.
 * 2021, section 3). The more there are, the less a constraint costs in accuracy.
 *
 * <p>The paper's formula for transposable masks is not the number of such masks, and orders the
 * constraints differently: at 4:8 on an 8 x 8 block it gives 1.76e13, more than the 2.82e12 masks
 * that plain 2:4 allows, while there are 1.17e11. Both are here.
 */
public final class MaskDiversity {

    private MaskDiversity() {}

    /**
     * Counts the masks that keep N/M of a block's entries anywhere.
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
     * <p>Goes down the rows of one tile. What rows below may still do depends only on how many
     * columns lack how many entries, so columns that lack the same are counted together.
     *
     * @param pattern the pattern
     * @param side the block's number of rows and of columns, a multiple of M
     * @return the count
     * @throws IllegalArgumentException if side is not a positive multiple of M
     */
    public static BigInteger transposable(NmPattern pattern, int side) {
        checkSide(pattern, side);
        List<Integer> lacking = new ArrayList<>();
        for (int lack = 0; lack <= pattern.n(); lack++) {
            lacking.add(lack == pattern.n() ? pattern.m() : 0);
        }
        Map<List<Integer>, BigInteger> counts = Map.of(lacking, BigInteger.ONE);
        for (int row = 0; row < pattern.m(); row++) {
            Map<List<Integer>, BigInteger> next = new HashMap<>();
            counts.forEach(
                    (state, count) ->
                            addRows(state, new ArrayList<>(state), 1, pattern.n(), count, next));
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
     * @return the value, which is not the number of such masks
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

    /** Adds what one more row makes of a state: it takes entries from columns that lack some. */
    private static void addRows(
            List<Integer> state,
            List<Integer> after,
            int lack,
            int left,
            BigInteger ways,
            Map<List<Integer>, BigInteger> next) {
        if (left == 0) {
            next.merge(List.copyOf(after), ways, BigInteger::add);
            return;
        }
        if (lack == state.size()) {
            return;
        }
        for (int taken = 0; taken <= Math.min(left, state.get(lack)); taken++) {
            List<Integer> one = new ArrayList<>(after);
            one.set(lack, one.get(lack) - taken);
            one.set(lack - 1, one.get(lack - 1) + taken);
            addRows(
                    state,
                    one,
                    lack + 1,
                    left - taken,
                    ways.multiply(choose(state.get(lack), taken)),
                    next);
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
