package org.djlsparse.mask;

import java.util.Arrays;

/**
 * Enumerates the 90 masks of 2:4 for many tiles at once.
 *
 * <p>Each row of a tile keeps one of six pairs. Two rows together keep 0, 1 or 2 entries of each
 * column, in one of 19 ways, and the lower two rows must make up what the upper two leave. So the
 * best mask is the best of 19 sums, each of the best two pairs for the upper rows and the best two
 * for the lower ones: 36 sums of pairs for each half instead of 90 of four.
 *
 * <p>The sums run over many tiles in one short loop over plain arrays, which the compiler turns
 * into vector instructions, in whole numbers: magnitudes are cut to 23 bits, relative to the
 * largest of the batch. Where what was cut off could decide, the tile goes to the enumeration in
 * double precision.
 */
final class TwoOfFourWorker extends BandWorker {

    private static final int M = TileMasks.M;

    /** How many tiles are solved at once: their sums stay in the processor's first cache. */
    private static final int BATCH = 256;

    /** The bits of a row's pairs, ordered so that the opposite of pair p is pair 5 - p. */
    private static final int[] PAIRS = {0b0011, 0b0101, 0b1001, 0b0110, 0b1010, 0b1100};

    private static final int PAIR_COUNT = PAIRS.length;

    /** Both rows keep the same pair: two entries in each of two columns, possible in one order. */
    private static final int[] SAME = pairsOfPairs(true);

    /** The rows keep pairs that share one column, in either order. */
    private static final int[] CROSSED = pairsOfPairs(false);

    /** The way in which the rows keep opposite pairs, one entry in each column: any of six. */
    private static final int EVEN_WAY = SAME.length + CROSSED.length;

    /** Leave room below a sum for the number of its way, or of its pair. */
    private static final int WAY_BITS = 5;

    private static final int PAIR_BITS = 3;

    /** Magnitudes are less than this: eight of them, with the way below, fit an int. */
    private static final int MAGNITUDE_BITS = 31 - WAY_BITS - 3;

    /** What is cut off eight magnitudes is less than this. */
    private static final int CUT = 8;

    /** The smallest exponent for which 2^(MAGNITUDE_BITS - 1 - exponent) is a float. */
    private static final int LEAST_EXPONENT = MAGNITUDE_BITS - 1 - Float.MAX_EXPONENT;

    private static final int MAGNITUDE_MASK = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;

    // For each pair of each row, a value for each tile.
    private final int[][] pairs = new int[M * PAIR_COUNT][BATCH];
    private final int[] upper = new int[BATCH];
    private final int[] lower = new int[BATCH];
    private final BestTwo evenUpper = new BestTwo(BATCH);
    private final BestTwo evenLower = new BestTwo(BATCH);
    private final BestTwo ways = new BestTwo(BATCH);

    TwoOfFourWorker(Job job, TileSolver.TileWorker worker) {
        super(job, worker);
    }

    /** Lists pairs of one row and the next: first in the low bits, second above. */
    private static int[] pairsOfPairs(boolean same) {
        int[] found = new int[PAIR_COUNT * PAIR_COUNT];
        int count = 0;
        for (int first = 0; first < PAIR_COUNT; first++) {
            for (int second = first; second < PAIR_COUNT; second++) {
                if ((first == second) == same && second != opposite(first)) {
                    found[count++] = first | second << PAIR_BITS;
                }
            }
        }
        return Arrays.copyOf(found, count);
    }

    private static int first(int both) {
        return both & ((1 << PAIR_BITS) - 1);
    }

    private static int second(int both) {
        return both >> PAIR_BITS;
    }

    /** The pair of the other two columns. */
    private static int opposite(int pair) {
        return PAIR_COUNT - 1 - pair;
    }

    @Override
    void solve(int tap, int firstRow, int height) {
        int columns = job.shape().columns();
        int column = 0;
        if (height == M) {
            while (columns - column >= M) {
                int tiles = Math.min((columns - column) / M, BATCH);
                solveFull(tap, firstRow, column, tiles);
                column += M * tiles;
            }
        }
        solve(tap, firstRow, height, column, columns);
    }

    private void solveFull(int tap, int firstRow, int firstColumn, int tiles) {
        int largest = 0;
        for (int row = 0; row < M; row++) {
            int index = job.shape().index(tap, firstRow + row, firstColumn);
            largest = Math.max(largest, largestBits(index, tiles));
        }
        if (largest >= INFINITY) {
            solve(tap, firstRow, M, firstColumn, firstColumn + M * tiles); // finds which
            return;
        }
        int exponent = Math.max(Math.getExponent(Float.intBitsToFloat(largest)), LEAST_EXPONENT);
        float scale = Math.scalb(1f, MAGNITUDE_BITS - 1 - exponent);
        for (int row = 0; row < M; row++) {
            sumPairs(row, job.shape().index(tap, firstRow + row, firstColumn), scale, tiles);
        }
        compareWays(tiles);
        for (int tile = 0; tile < tiles; tile++) {
            choose(tap, firstRow, firstColumn + M * tile, tile);
        }
    }

    /** Returns the bits of the largest magnitude: as whole numbers, floats order the same. */
    private int largestBits(int index, int tiles) {
        float[] weights = job.weights();
        int taps = job.shape().taps();
        int a = 0;
        int b = 0;
        int c = 0;
        int d = 0;
        int at = index;
        for (int tile = 0; tile < tiles; tile++) {
            a = Math.max(a, magnitudeBits(weights[at]));
            b = Math.max(b, magnitudeBits(weights[at + taps]));
            c = Math.max(c, magnitudeBits(weights[at + 2 * taps]));
            d = Math.max(d, magnitudeBits(weights[at + 3 * taps]));
            at += M * taps;
        }
        return Math.max(Math.max(a, b), Math.max(c, d));
    }

    private static int magnitudeBits(float weight) {
        return Float.floatToRawIntBits(weight) & MAGNITUDE_MASK;
    }

    private void sumPairs(int row, int index, float scale, int tiles) {
        float[] weights = job.weights();
        int taps = job.shape().taps();
        int[] ab = pairs(row, 0);
        int[] ac = pairs(row, 1);
        int[] ad = pairs(row, 2);
        int[] bc = pairs(row, 3);
        int[] bd = pairs(row, 4);
        int[] cd = pairs(row, 5);
        int at = index;
        for (int tile = 0; tile < tiles; tile++) {
            int a = (int) (Math.abs(weights[at]) * scale);
            int b = (int) (Math.abs(weights[at + taps]) * scale);
            int c = (int) (Math.abs(weights[at + 2 * taps]) * scale);
            int d = (int) (Math.abs(weights[at + 3 * taps]) * scale);
            at += M * taps;
            ab[tile] = a + b;
            ac[tile] = a + c;
            ad[tile] = a + d;
            bc[tile] = b + c;
            bd[tile] = b + d;
            cd[tile] = c + d;
        }
    }

    /** The sums of a pair of a row. */
    private int[] pairs(int row, int pair) {
        return pairs[row * PAIR_COUNT + pair];
    }

    /** Finds for each tile the best way and the best sum of any other. */
    private void compareWays(int tiles) {
        ways.clear(tiles);
        int way = 0;
        for (int both : SAME) {
            int pair = first(both);
            int other = opposite(pair);
            Lanes.add(upper, pairs(0, pair), pairs(1, pair), tiles);
            Lanes.add(lower, pairs(2, other), pairs(3, other), tiles);
            ways.offer(upper, lower, WAY_BITS, way++, tiles);
        }
        for (int both : CROSSED) {
            maxOfOrders(upper, 0, first(both), second(both), tiles);
            maxOfOrders(lower, 2, opposite(first(both)), opposite(second(both)), tiles);
            ways.offer(upper, lower, WAY_BITS, way++, tiles);
        }
        compareEven(evenUpper, 0, upper, tiles);
        compareEven(evenLower, 2, lower, tiles);
        ways.offer(upper, lower, WAY_BITS, EVEN_WAY, tiles);
    }

    /** The better order of two pairs in a row and the next. */
    private void maxOfOrders(int[] to, int row, int first, int second, int tiles) {
        Lanes.maxOfSums(
                to,
                pairs(row, first),
                pairs(row + 1, second),
                pairs(row, second),
                pairs(row + 1, first),
                tiles);
    }

    private void compareEven(BestTwo even, int row, int[] sums, int tiles) {
        even.clear(tiles);
        for (int pair = 0; pair < PAIR_COUNT; pair++) {
            even.offer(pairs(row, pair), pairs(row + 1, opposite(pair)), PAIR_BITS, pair, tiles);
        }
        even.copySums(sums, PAIR_BITS, tiles);
    }

    private void choose(int tap, int firstRow, int column, int tile) {
        int way = ways.number(tile, WAY_BITS);
        int lead = ways.lead(tile, WAY_BITS);
        int pair0;
        int pair1;
        int pair2;
        int pair3;
        if (way == EVEN_WAY) {
            lead = Math.min(lead, evenUpper.lead(tile, PAIR_BITS));
            lead = Math.min(lead, evenLower.lead(tile, PAIR_BITS));
            pair0 = evenUpper.number(tile, PAIR_BITS);
            pair1 = opposite(pair0);
            pair2 = evenLower.number(tile, PAIR_BITS);
            pair3 = opposite(pair2);
        } else if (way < SAME.length) {
            pair0 = first(SAME[way]);
            pair1 = pair0;
            pair2 = opposite(pair0);
            pair3 = pair2;
        } else {
            int first = first(CROSSED[way - SAME.length]);
            int second = second(CROSSED[way - SAME.length]);
            int gain = gainInOrder(0, first, second, tile);
            // All ones where the other order is better: a branch would often be mispredicted.
            int swap = gain >> 31 & (first ^ second);
            pair0 = first ^ swap;
            pair1 = second ^ swap;
            lead = Math.min(lead, Math.abs(gain));
            gain = gainInOrder(2, opposite(first), opposite(second), tile);
            swap = gain >> 31 & (opposite(first) ^ opposite(second));
            pair2 = opposite(first) ^ swap;
            pair3 = opposite(second) ^ swap;
            lead = Math.min(lead, Math.abs(gain));
        }
        if (lead < CUT) {
            solve(tap, firstRow, M, column, column + M);
        } else {
            int word = firstWord(tap, firstRow);
            int rowWords = Mask.rowWords(job.shape());
            write(word, column, pair0);
            write(word + rowWords, column, pair1);
            write(word + 2 * rowWords, column, pair2);
            write(word + 3 * rowWords, column, pair3);
        }
    }

    /** What two pairs in a row and the next sum to, less what they do in the other order. */
    private int gainInOrder(int row, int first, int second, int tile) {
        return pairs(row, first)[tile]
                + pairs(row + 1, second)[tile]
                - pairs(row, second)[tile]
                - pairs(row + 1, first)[tile];
    }

    private void write(int firstWord, int column, int pair) {
        job.words()[firstWord + (column >> 6)] |= (long) PAIRS[pair] << column;
    }
}
