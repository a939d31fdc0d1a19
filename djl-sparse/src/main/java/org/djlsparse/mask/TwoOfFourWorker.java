package org.djlsparse.mask;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Enumerates the 90 masks of 2:4 for many tiles at once.
 *
 * <p>Each row of a tile keeps one of six pairs. Two rows together keep 0, 1 or 2 entries of each
 * column, in one of 19 ways, and the lower two rows must make up what the upper two leave. So the
 * best mask is the best of 19 sums, each of the best two pairs for the upper rows and the best two
 * for the lower ones: 36 sums of pairs for each half instead of 90 of four.
 *
 * <p>The sums run over many tiles in one loop, which the compiler turns into vector instructions,
 * in single precision. Where rounding could decide, as it could between sums that differ by less
 * than one part in a million, the tile goes to the double-precision enumeration.
 */
final class TwoOfFourWorker extends BandWorker {

    private static final int M = TileMasks.M;

    /** How many tiles are solved at once: their sums stay in the processor's first cache. */
    private static final int BATCH = 64;

    /** The bits of a row's pairs, in the order of preference among equals. */
    private static final int[] PAIRS = {0b0011, 0b0101, 0b1001, 0b0110, 0b1010, 0b1100};

    private static final int PAIR_COUNT = PAIRS.length;

    /** By way to fill the columns, what two rows can keep. */
    private static final Choice[][] UPPER = choices();

    /** By way to fill the columns, what two rows can keep to fill the rest. */
    private static final Choice[][] LOWER = rest();

    private static final int WAYS = UPPER.length;

    /** Far more than the rounding of a sum of eight floats, far less than most differences. */
    private static final float NEARLY = 1 - 1e-6f;

    // Each holds a run of BATCH values for each pair of each row, or each way.
    private final float[] pairs = new float[M * PAIR_COUNT * BATCH];
    private final float[] upper = new float[WAYS * BATCH];
    private final float[] lower = new float[WAYS * BATCH];
    private final float[] best = new float[BATCH];

    /** A pair of one row and a pair of the row below. */
    private record Choice(int first, int second) {

        /** Where the sums of the first pair begin, if the first row is the given one. */
        int firstSums(int row) {
            return (row * PAIR_COUNT + first) * BATCH;
        }

        int secondSums(int row) {
            return ((row + 1) * PAIR_COUNT + second) * BATCH;
        }

        /** What keeps the entries that this does not. */
        Choice opposite() {
            return new Choice(TwoOfFourWorker.opposite(first), TwoOfFourWorker.opposite(second));
        }
    }

    TwoOfFourWorker(Job job, TileSolver.TileWorker worker) {
        super(job, worker);
    }

    private static Choice[][] choices() {
        List<Choice[]> choices = new ArrayList<>();
        List<Choice> even = new ArrayList<>();
        for (int first = 0; first < PAIR_COUNT; first++) {
            choices.add(new Choice[] {new Choice(first, first)});
            even.add(new Choice(first, opposite(first)));
        }
        for (int first = 0; first < PAIR_COUNT; first++) {
            for (int second = first + 1; second < PAIR_COUNT; second++) {
                if (second != opposite(first)) {
                    choices.add(
                            new Choice[] {new Choice(first, second), new Choice(second, first)});
                }
            }
        }
        choices.add(even.toArray(new Choice[0]));
        return choices.toArray(new Choice[0][]);
    }

    private static Choice[][] rest() {
        return Arrays.stream(UPPER)
                .map(way -> Arrays.stream(way).map(Choice::opposite).toArray(Choice[]::new))
                .toArray(Choice[][]::new);
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
        if (!sumPairs(tap, firstRow, firstColumn, tiles)) {
            if (tiles == 1) {
                solve(tap, firstRow, M, firstColumn, firstColumn + M);
            } else {
                // One by one, so that a tile's mask does not depend on its neighbours.
                for (int tile = 0; tile < tiles; tile++) {
                    solveFull(tap, firstRow, firstColumn + M * tile, 1);
                }
            }
            return;
        }
        sumWays(0, UPPER, upper, tiles);
        sumWays(2, LOWER, lower, tiles);
        Arrays.fill(best, 0, tiles, 0);
        for (int way = 0; way < WAYS; way++) {
            raise(best, 0, upper, way * BATCH, lower, way * BATCH, tiles);
        }
        int word = firstWord(tap, firstRow);
        int rowWords = Mask.rowWords(job.shape());
        for (int tile = 0; tile < tiles; tile++) {
            int column = firstColumn + M * tile;
            int way = bestWay(tile);
            Choice above =
                    way < 0 ? null : bestChoice(tile, 0, UPPER[way], upper[way * BATCH + tile]);
            Choice below =
                    above == null
                            ? null
                            : bestChoice(tile, 2, LOWER[way], lower[way * BATCH + tile]);
            if (above == null || below == null) {
                solve(tap, firstRow, M, column, column + M);
            } else {
                write(word, column, above.first);
                write(word + rowWords, column, above.second);
                write(word + 2 * rowWords, column, below.first);
                write(word + 3 * rowWords, column, below.second);
            }
        }
    }

    /** Returns false if a weight is not finite, or so large that a sum could overflow. */
    private boolean sumPairs(int tap, int firstRow, int firstColumn, int tiles) {
        float[] weights = job.weights();
        int taps = job.shape().taps();
        float check = 0;
        for (int row = 0; row < M; row++) {
            int index = job.shape().index(tap, firstRow + row, firstColumn);
            int to = row * PAIR_COUNT * BATCH;
            for (int tile = 0; tile < tiles; tile++) {
                float a = Math.abs(weights[index]);
                float b = Math.abs(weights[index + taps]);
                float c = Math.abs(weights[index + 2 * taps]);
                float d = Math.abs(weights[index + 3 * taps]);
                index += M * taps;
                check += 0 * (M * (a + b + c + d)); // NaN if that is not finite
                pairs[to + tile] = a + b;
                pairs[to + BATCH + tile] = a + c;
                pairs[to + 2 * BATCH + tile] = a + d;
                pairs[to + 3 * BATCH + tile] = b + c;
                pairs[to + 4 * BATCH + tile] = b + d;
                pairs[to + 5 * BATCH + tile] = c + d;
            }
        }
        return !Float.isNaN(check);
    }

    /** Finds for each way the best sum of two rows. */
    private void sumWays(int row, Choice[][] choices, float[] sums, int tiles) {
        for (int way = 0; way < WAYS; way++) {
            int to = way * BATCH;
            Arrays.fill(sums, to, to + tiles, 0);
            for (Choice choice : choices[way]) {
                raise(sums, to, pairs, choice.firstSums(row), pairs, choice.secondSums(row), tiles);
            }
        }
    }

    /** Raises best to a + b: a short loop over plain arrays, which the compiler vectorizes. */
    private static void raise(
            float[] best, int to, float[] a, int fromA, float[] b, int fromB, int tiles) {
        for (int tile = 0; tile < tiles; tile++) {
            best[to + tile] = Math.max(best[to + tile], a[fromA + tile] + b[fromB + tile]);
        }
    }

    /** Returns the best way to fill the columns, or -1 if rounding could decide. */
    private int bestWay(int tile) {
        float least = best[tile] * NEARLY;
        int missed = 0;
        for (int way = 0; way < WAYS; way++) {
            float sum = upper[way * BATCH + tile] + lower[way * BATCH + tile];
            missed |= signBit(sum - least) << way;
        }
        return onlyOne(~missed & ((1 << WAYS) - 1));
    }

    /** Returns the best choice for two rows, or null if rounding could decide. */
    private @Nullable Choice bestChoice(int tile, int row, Choice[] choices, float bestSum) {
        if (choices.length == 1) {
            return choices[0];
        }
        float least = bestSum * NEARLY;
        int missed = 0;
        for (int i = 0; i < choices.length; i++) {
            Choice choice = choices[i];
            float sum = pairs[choice.firstSums(row) + tile] + pairs[choice.secondSums(row) + tile];
            missed |= signBit(sum - least) << i;
        }
        int only = onlyOne(~missed & ((1 << choices.length) - 1));
        return only < 0 ? null : choices[only];
    }

    /** 1 below zero, without a branch that would often be mispredicted. */
    private static int signBit(float value) {
        return Float.floatToRawIntBits(value) >>> 31;
    }

    private static int onlyOne(int bits) {
        return (bits & (bits - 1)) == 0 ? Integer.numberOfTrailingZeros(bits) : -1;
    }

    private void write(int firstWord, int column, int pair) {
        job.words()[firstWord + (column >> 6)] |= (long) PAIRS[pair] << column;
    }
}
