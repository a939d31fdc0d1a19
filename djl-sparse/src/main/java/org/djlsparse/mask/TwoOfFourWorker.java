package org.djlsparse.mask;

import org.djlsparse.internal.mask.TileMasks;

/**
 * Enumerates the 90 masks of 2:4 for many tiles at once.
 *
 * <p>Each row of a tile keeps one of six pairs. Two rows together keep 0, 1 or 2 entries of each
 * column, in one of 19 ways, and the lower two rows must complete the upper two. So the best mask
 * is the best of 19 sums, each of the best two pairs for the upper rows and the best two for the
 * lower rows: 36 sums of two pairs for each half instead of 90 sums of four.
 *
 * <p>The sums run over many tiles in short loops over plain arrays, which the compiler turns into
 * vector instructions. Sums are whole numbers: magnitudes are rounded to 23 bits, at one scale for
 * all tiles. Tiles for which the rounding could decide are enumerated in double precision.
 */
final class TwoOfFourWorker extends BandWorker {

    private static final int M = TileMasks.M;

    /** The number of tiles solved at once, whose sums stay in the processor's first cache. */
    private static final int BATCH = 256;

    /** The tiles whose bits share the words of a mask. */
    private static final int WORD_TILES = Long.SIZE / M;

    /** The bits of a row's pairs, ordered so that the opposite of pair p is pair 5 - p. */
    private static final int[] PAIRS = {0b0011, 0b0101, 0b1001, 0b0110, 0b1010, 0b1100};

    private static final int PAIR_COUNT = PAIRS.length;

    /** Two rows keep the same pair, or different ones that share a column, or opposite ones. */
    private static final int CROSSED_COUNT = 12;

    private static final int EVEN_WAY = PAIR_COUNT + CROSSED_COUNT;

    /** The bits below a sum for the number of its way, or of its pair. */
    private static final int WAY_BITS = 5;

    private static final int PAIR_BITS = 3;

    /** The most bits of a magnitude: eight of them, with the way below, fit an int. */
    private static final int MAGNITUDE_BITS = 31 - WAY_BITS - 3;

    /** The fewest bits, below which rounding would decide too often. */
    private static final int FEWEST_BITS = MAGNITUDE_BITS - 3;

    /** The most by which rounding changes the difference of two sums of eight. */
    private static final int ROUNDING = 8;

    /**
     * Adding this to a smaller float rounds it to a whole number, which is then in its low bits.
     */
    private static final float ROUNDER = 1 << MAGNITUDE_BITS;

    private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

    /** The smallest exponent of a largest magnitude for which the scale is a float. */
    private static final int LEAST_EXPONENT = MAGNITUDE_BITS - 2 - Float.MAX_EXPONENT;

    private static final int MAGNITUDE_MASK = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;

    // For each pair of each row, a sum for each tile.
    private final int[][] pairs = new int[M * PAIR_COUNT][BATCH];
    // For each crossed way: upper rows in one order, in the other, lower rows likewise.
    private final int[][] crossed = new int[CROSSED_COUNT * 2 * M][];
    // The tile's mask by way: the pair kept twice; the orders; the pairs of rows 0 and 2.
    private final int[] sameMasks = new int[PAIR_COUNT];
    private final int[] crossedMasks = new int[CROSSED_COUNT * 4];
    private final int[] evenMasks = new int[PAIR_COUNT << PAIR_BITS];

    private final int[] upper = new int[BATCH];
    private final int[] lower = new int[BATCH];
    private final BestTwo evenUpper = new BestTwo(BATCH);
    private final BestTwo evenLower = new BestTwo(BATCH);
    private final BestTwo ways = new BestTwo(BATCH);

    /** The scale of the last tiles, which usually fits the next ones. */
    private float scale = 1;

    TwoOfFourWorker(Job job, TileSolver.TileWorker worker) {
        super(job, worker);
        int way = 0;
        for (int first = 0; first < PAIR_COUNT; first++) {
            sameMasks[first] = mask(first, first, opposite(first), opposite(first));
            for (int other = 0; other < PAIR_COUNT; other++) {
                evenMasks[first << PAIR_BITS | other] =
                        mask(first, opposite(first), other, opposite(other));
            }
            for (int second = first + 1; second < PAIR_COUNT; second++) {
                if (second != opposite(first)) {
                    addCrossed(way++, first, second);
                }
            }
        }
    }

    private void addCrossed(int way, int first, int second) {
        int third = opposite(first);
        int fourth = opposite(second);
        int[][] sums = {
            pairs(0, first), pairs(1, second), pairs(0, second), pairs(1, first),
            pairs(2, third), pairs(3, fourth), pairs(2, fourth), pairs(3, third)
        };
        System.arraycopy(sums, 0, crossed, way * 2 * M, 2 * M);
        crossedMasks[4 * way] = mask(first, second, third, fourth);
        crossedMasks[4 * way + 1] = mask(first, second, fourth, third);
        crossedMasks[4 * way + 2] = mask(second, first, third, fourth);
        crossedMasks[4 * way + 3] = mask(second, first, fourth, third);
    }

    /** The pair of the other two columns. */
    private static int opposite(int pair) {
        return PAIR_COUNT - 1 - pair;
    }

    /** A tile's mask, 4 bits for each row. */
    private static int mask(int pair0, int pair1, int pair2, int pair3) {
        return PAIRS[pair0] | PAIRS[pair1] << 4 | PAIRS[pair2] << 8 | PAIRS[pair3] << 12;
    }

    /** The sums of a pair of a row. */
    private int[] pairs(int row, int pair) {
        return pairs[row * PAIR_COUNT + pair];
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
        int seen = sumPairs(tap, firstRow, firstColumn, tiles);
        // A number that is too large, NaN, or too small for the scale.
        if (seen >>> MAGNITUDE_BITS != 0 || seen >>> (FEWEST_BITS - 1) == 0) {
            int largest = largestBits(tap, firstRow, firstColumn, tiles);
            if (largest >= INFINITY) {
                solve(tap, firstRow, M, firstColumn, firstColumn + M * tiles); // notes it
                return;
            }
            int exponent = Math.getExponent(Float.intBitsToFloat(largest));
            scale = Math.scalb(1f, MAGNITUDE_BITS - 2 - Math.max(exponent, LEAST_EXPONENT));
            sumPairs(tap, firstRow, firstColumn, tiles);
        }
        compareWays(tiles);
        for (int tile = 0; tile < tiles; tile += WORD_TILES) {
            write(tap, firstRow, firstColumn, tile, Math.min(tiles, tile + WORD_TILES));
        }
    }

    /** Returns the bits of the largest magnitude. Bits of floats have the floats' order. */
    private int largestBits(int tap, int firstRow, int firstColumn, int tiles) {
        int largest = 0;
        for (int row = firstRow; row < firstRow + M; row++) {
            for (int column = firstColumn; column < firstColumn + M * tiles; column++) {
                float weight = job.weights()[job.shape().index(tap, row, column)];
                largest = Math.max(largest, Float.floatToRawIntBits(weight) & MAGNITUDE_MASK);
            }
        }
        return largest;
    }

    /** Returns the magnitudes' bits, or'ed. */
    private int sumPairs(int tap, int firstRow, int firstColumn, int tiles) {
        int seen = 0;
        for (int row = 0; row < M; row++) {
            int index = job.shape().index(tap, firstRow + row, firstColumn);
            seen |= sumPairs(row, index, tiles);
        }
        return seen;
    }

    private int sumPairs(int row, int index, int tiles) {
        float[] weights = job.weights();
        int taps = job.shape().taps();
        int[] ab = pairs(row, 0);
        int[] ac = pairs(row, 1);
        int[] ad = pairs(row, 2);
        int[] bc = pairs(row, 3);
        int[] bd = pairs(row, 4);
        int[] cd = pairs(row, 5);
        float byScale = scale;
        int seen = 0;
        int at = index;
        for (int tile = 0; tile < tiles; tile++) {
            int a = round(weights[at], byScale);
            int b = round(weights[at + taps], byScale);
            int c = round(weights[at + 2 * taps], byScale);
            int d = round(weights[at + 3 * taps], byScale);
            at += M * taps;
            seen |= (a | b) | (c | d);
            ab[tile] = a + b;
            ac[tile] = a + c;
            ad[tile] = a + d;
            bc[tile] = b + c;
            bd[tile] = b + d;
            cd[tile] = c + d;
        }
        return seen;
    }

    private static int round(float weight, float scale) {
        return Float.floatToRawIntBits(Math.abs(weight) * scale + ROUNDER) ^ ROUNDER_BITS;
    }

    /** Finds for each tile the best way and the best sum of the others. */
    private void compareWays(int tiles) {
        ways.clear(tiles);
        int way = 0;
        for (int pair = 0; pair < PAIR_COUNT; pair++) {
            int other = opposite(pair);
            Lanes.add(upper, pairs(0, pair), pairs(1, pair), tiles);
            Lanes.add(lower, pairs(2, other), pairs(3, other), tiles);
            ways.offer(upper, lower, WAY_BITS, way++, tiles);
        }
        for (int k = 0; k < crossed.length; k += 2 * M) {
            maxOfOrders(upper, k, tiles);
            maxOfOrders(lower, k + M, tiles);
            ways.offer(upper, lower, WAY_BITS, way++, tiles);
        }
        compareEven(evenUpper, 0, upper, tiles);
        compareEven(evenLower, 2, lower, tiles);
        ways.offer(upper, lower, WAY_BITS, EVEN_WAY, tiles);
    }

    private void maxOfOrders(int[] to, int k, int tiles) {
        Lanes.maxOfSums(to, crossed[k], crossed[k + 1], crossed[k + 2], crossed[k + 3], tiles);
    }

    private void compareEven(BestTwo even, int row, int[] sums, int tiles) {
        even.clear(tiles);
        for (int pair = 0; pair < PAIR_COUNT; pair++) {
            even.offer(pairs(row, pair), pairs(row + 1, opposite(pair)), PAIR_BITS, pair, tiles);
        }
        even.copySums(sums, PAIR_BITS, tiles);
    }

    /** Writes the masks of tiles whose bits share four words. */
    private void write(int tap, int firstRow, int firstColumn, int firstTile, int endTile) {
        long bits0 = 0;
        long bits1 = 0;
        long bits2 = 0;
        long bits3 = 0;
        for (int tile = firstTile; tile < endTile; tile++) {
            int mask = choose(tile);
            if (mask == 0) {
                int column = firstColumn + M * tile;
                solve(tap, firstRow, M, column, column + M);
            }
            int shift = M * tile; // modulo 64
            bits0 |= (long) (mask & 15) << shift;
            bits1 |= (long) (mask >> 4 & 15) << shift;
            bits2 |= (long) (mask >> 8 & 15) << shift;
            bits3 |= (long) (mask >> 12) << shift;
        }
        long[] words = job.words();
        int word = firstWord(tap, firstRow) + (firstColumn + M * firstTile) / Long.SIZE;
        int rowWords = Mask.rowWords(job.shape());
        words[word] |= bits0;
        words[word + rowWords] |= bits1;
        words[word + 2 * rowWords] |= bits2;
        words[word + 3 * rowWords] |= bits3;
    }

    /** Returns a tile's mask, or 0 if rounding could decide. */
    private int choose(int tile) {
        int way = ways.number(tile, WAY_BITS);
        int lead = ways.lead(tile, WAY_BITS);
        int mask;
        if (way == EVEN_WAY) {
            lead = Math.min(lead, evenUpper.lead(tile, PAIR_BITS));
            lead = Math.min(lead, evenLower.lead(tile, PAIR_BITS));
            mask =
                    evenMasks[
                            evenUpper.number(tile, PAIR_BITS) << PAIR_BITS
                                    | evenLower.number(tile, PAIR_BITS)];
        } else if (way < PAIR_COUNT) {
            mask = sameMasks[way];
        } else {
            int k = way - PAIR_COUNT;
            int gain = gainInOrder(2 * M * k, tile);
            int lowerGain = gainInOrder(2 * M * k + M, tile);
            lead = Math.min(lead, Math.min(Math.abs(gain), Math.abs(lowerGain)));
            // The signs as numbers: a branch would often be mispredicted.
            mask = crossedMasks[4 * k | gain >>> 31 << 1 | lowerGain >>> 31];
        }
        return lead > ROUNDING ? mask : 0;
    }

    /** The sum of two pairs in two rows less their sum in the other order. */
    private int gainInOrder(int k, int tile) {
        return crossed[k][tile]
                + crossed[k + 1][tile]
                - crossed[k + 2][tile]
                - crossed[k + 3][tile];
    }
}
