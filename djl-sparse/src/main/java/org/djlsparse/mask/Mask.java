package org.djlsparse.mask;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which entries of a weight are kept: immutable, one bit an entry.
 *
 * <p>A group is M consecutive inputs of one output (along a row) or M consecutive outputs of one
 * input (along a column), starting at a multiple of M; the last group may be shorter. The mask is
 * valid along rows, or along columns, if each such group keeps at most N entries. A transposable
 * mask is valid both ways, so that the weight and its transpose both satisfy the pattern.
 */
public final class Mask {

    private static final int PARALLEL_SIZE = 1 << 16;

    private final WeightShape shape;
    private final NmPattern pattern;
    // Tap by tap, row by row; each row starts a new word, so that rows can be written in parallel.
    private final long[] words;
    private final int rowWords;
    private final long keptCount;

    /** Takes the words as its own: the caller must not change them afterwards. */
    Mask(WeightShape shape, NmPattern pattern, long[] words) {
        this.shape = shape;
        this.pattern = pattern;
        this.words = words;
        this.rowWords = rowWords(shape);
        long count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        this.keptCount = count;
    }

    static int rowWords(WeightShape shape) {
        return (shape.columns() + Long.SIZE - 1) / Long.SIZE;
    }

    static long[] newWords(WeightShape shape) {
        return new long[Math.multiplyExact(shape.taps() * shape.rows(), rowWords(shape))];
    }

    /**
     * Creates a mask from one value an entry.
     *
     * @param shape the weight's shape
     * @param pattern the pattern that the mask is meant to satisfy; it need not
     * @param keep true for the entries kept, in the tensor's row-major order
     * @return the mask
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public static Mask of(WeightShape shape, NmPattern pattern, boolean[] keep) {
        shape.checkLength(keep.length);
        long[] words = newWords(shape);
        int rowWords = rowWords(shape);
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row++) {
                int start = (tap * shape.rows() + row) * rowWords;
                for (int column = 0; column < shape.columns(); column++) {
                    if (keep[shape.index(tap, row, column)]) {
                        words[start + (column >> 6)] |= 1L << column;
                    }
                }
            }
        }
        return new Mask(shape, pattern, words);
    }

    /**
     * Returns the shape of the weight.
     *
     * @return the shape
     */
    public WeightShape getShape() {
        return shape;
    }

    /**
     * Returns the pattern that the mask was made for.
     *
     * @return the pattern
     */
    public NmPattern getPattern() {
        return pattern;
    }

    /**
     * Returns whether an entry is kept.
     *
     * @param tap the kernel tap, 0 for a linear weight
     * @param row the output
     * @param column the input
     * @return true if kept
     * @throws IndexOutOfBoundsException if there is no such entry
     */
    public boolean isKept(int tap, int row, int column) {
        if (tap < 0
                || tap >= shape.taps()
                || row < 0
                || row >= shape.rows()
                || column < 0
                || column >= shape.columns()) {
            throw new IndexOutOfBoundsException(
                    "tap " + tap + ", row " + row + ", column " + column + " of " + shape);
        }
        return bit(tap, row, column);
    }

    private boolean bit(int tap, int row, int column) {
        int word = (tap * shape.rows() + row) * rowWords + (column >> 6);
        return (words[word] >>> column & 1) != 0;
    }

    /**
     * Returns the number of entries kept.
     *
     * @return the count
     */
    public long getKeptCount() {
        return keptCount;
    }

    /**
     * Returns the kept fraction of all entries; the sparsity is one minus this.
     *
     * @return the density, from 0 to 1
     */
    public double getDensity() {
        return (double) keptCount / shape.size();
    }

    /**
     * Returns whether the weight satisfies the pattern: at most N of every M inputs of an output,
     * which is what the forward product sums over. Takes a pass over the mask, both ways.
     *
     * @return true if so
     */
    public boolean isValidAlongRows() {
        return check().isValidAlongRows();
    }

    /**
     * Returns whether the transposed weight satisfies the pattern: at most N of every M outputs of
     * an input, which is what the input-gradient product sums over. Takes a pass over the mask,
     * both ways.
     *
     * @return true if so
     */
    public boolean isValidAlongColumns() {
        return check().isValidAlongColumns();
    }

    /**
     * Returns whether the mask is valid both ways. Takes a pass over the mask; to ask for each way
     * as well, {@link MaskChecker} answers all with one.
     *
     * @return {@link #isValidAlongRows()} and {@link #isValidAlongColumns()}
     */
    public boolean isTransposable() {
        return check().isTransposable();
    }

    private MaskChecker.Result check() {
        return MaskChecker.check(this::bit, shape, pattern);
    }

    /**
     * Counts the entries that one mask keeps and the other does not.
     *
     * @param other a mask of the same shape
     * @return the number of flips; divided by the size it is 2by4's flip rate
     * @throws IllegalArgumentException if the shapes differ
     */
    public long countFlips(Mask other) {
        if (!shape.equals(other.shape)) {
            throw new IllegalArgumentException(
                    "masks of different shapes: " + shape + " and " + other.shape);
        }
        long count = 0;
        for (int i = 0; i < words.length; i++) {
            count += Long.bitCount(words[i] ^ other.words[i]);
        }
        return count;
    }

    /**
     * Returns the share of the weights' magnitude that the mask keeps.
     *
     * @param weights the weights, in the tensor's row-major order
     * @return kept |w| over all |w|; 1 if all weights are zero
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public double getKeptMagnitude(float[] weights) {
        shape.checkLength(weights.length);
        // Row by row and then over the rows, so that the sums are the same on any number of
        // threads.
        double[] kept = new double[shape.rows()];
        double[] all = new double[shape.rows()];
        Threads.forEach(
                shape.rows(),
                weights.length < PARALLEL_SIZE ? 1 : Threads.available(),
                () -> row -> addMagnitudes(weights, row, kept, all));
        double total = Arrays.stream(all).sum();
        return total == 0 ? 1 : Arrays.stream(kept).sum() / total;
    }

    private void addMagnitudes(float[] weights, int row, double[] kept, double[] all) {
        double rowKept = 0;
        double rowAll = 0;
        int index = shape.index(0, row, 0);
        int tapWords = shape.rows() * rowWords;
        for (int column = 0; column < shape.columns(); column++) {
            int word = row * rowWords + (column >> 6);
            for (int tap = 0; tap < shape.taps(); tap++) {
                int magnitude = Float.floatToRawIntBits(weights[index++]) & Integer.MAX_VALUE;
                // All ones if kept: a branch here would be guessed wrong every other time.
                int keep = -(int) (words[word + tap * tapWords] >>> column & 1);
                rowAll += Float.intBitsToFloat(magnitude);
                rowKept += Float.intBitsToFloat(magnitude & keep);
            }
        }
        kept[row] = rowKept;
        all[row] = rowAll;
    }

    /**
     * Returns the mask as numbers: 1 for an entry kept, 0 for one pruned.
     *
     * @return the values, in the tensor's row-major order
     */
    public float[] toFloatArray() {
        float[] values = new float[shape.size()];
        int index = 0;
        for (int row = 0; row < shape.rows(); row++) {
            for (int column = 0; column < shape.columns(); column++) {
                for (int tap = 0; tap < shape.taps(); tap++) {
                    values[index++] = bit(tap, row, column) ? 1f : 0f;
                }
            }
        }
        return values;
    }

    /**
     * Writes the mask as bytes, from the buffer's position on, which moves behind them.
     *
     * @param out takes one byte an entry, in the tensor's row-major order
     * @param kept the byte for an entry kept
     * @param pruned the byte for one pruned
     * @throws java.nio.BufferOverflowException if the entries do not fit; nothing is written then
     */
    public void writeBytes(ByteBuffer out, byte kept, byte pruned) {
        if (out.remaining() < shape.size()) {
            throw new BufferOverflowException();
        }
        for (int row = 0; row < shape.rows(); row++) {
            for (int column = 0; column < shape.columns(); column++) {
                for (int tap = 0; tap < shape.taps(); tap++) {
                    out.put(bit(tap, row, column) ? kept : pruned);
                }
            }
        }
    }

    /**
     * Returns the mask as booleans: true for an entry kept.
     *
     * @return the values, in the tensor's row-major order
     */
    public boolean[] toBooleanArray() {
        boolean[] values = new boolean[shape.size()];
        int index = 0;
        for (int row = 0; row < shape.rows(); row++) {
            for (int column = 0; column < shape.columns(); column++) {
                for (int tap = 0; tap < shape.taps(); tap++) {
                    values[index++] = bit(tap, row, column);
                }
            }
        }
        return values;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Mask other
                && shape.equals(other.shape)
                && pattern.equals(other.pattern)
                && Arrays.equals(words, other.words);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * shape.hashCode() + pattern.hashCode()) + Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return "Mask(" + shape + ", " + pattern + ", kept " + keptCount + ")";
    }
}
