package org.djlsparse.mask;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The mask of a weight: one bit for each entry, which tells whether it is kept. Immutable.
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

    /** Creates a mask that uses the given words, which must not change afterwards. */
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
     * Creates a mask from one value for each entry.
     *
     * @param shape the weight's shape
     * @param pattern the pattern that the mask is meant to satisfy, which is not checked
     * @param keep {@code true} for kept entries, in the tensor's row-major order
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

    /** Supplies a mask's bits, up to 64 at a time. */
    @FunctionalInterface
    public interface Bits {

        /**
         * Returns which entries of a row are kept.
         *
         * @param tap the kernel tap
         * @param row the output
         * @param column the first of the inputs
         * @param count the number of inputs, at most 64
         * @return a bit for each input, the lowest for the first; higher bits do not matter
         */
        long get(int tap, int row, int column, int count);
    }

    /**
     * Creates a mask from its bits, which are read in order: tap by tap, row by row.
     *
     * @param shape the weight's shape
     * @param pattern the pattern that the mask is meant to satisfy, which is not checked
     * @param bits the bits: 1 for a kept entry
     * @return the mask
     */
    public static Mask of(WeightShape shape, NmPattern pattern, Bits bits) {
        long[] words = newWords(shape);
        int word = 0;
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row++) {
                for (int column = 0; column < shape.columns(); column += Long.SIZE) {
                    int count = Math.min(Long.SIZE, shape.columns() - column);
                    // All ones, shifted out at the top.
                    long inside = -1L >>> (Long.SIZE - count);
                    words[word++] = bits.get(tap, row, column, count) & inside;
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
     * @return {@code true} if it is kept
     * @throws IndexOutOfBoundsException if there is no such entry
     */
    public boolean isKept(int tap, int row, int column) {
        checkEntry(tap, row, column);
        return bit(tap, row, column);
    }

    private void checkEntry(int tap, int row, int column) {
        if (tap < 0
                || tap >= shape.taps()
                || row < 0
                || row >= shape.rows()
                || column < 0
                || column >= shape.columns()) {
            throw new IndexOutOfBoundsException(
                    "tap " + tap + ", row " + row + ", column " + column + " of " + shape);
        }
    }

    private boolean bit(int tap, int row, int column) {
        return (bits(tap, row, column) >>> column & 1) != 0;
    }

    /** The bits of the 64 entries, from a multiple of 64 on, among which the column is. */
    long bits(int tap, int row, int column) {
        return words[(tap * shape.rows() + row) * rowWords + (column >> 6)];
    }

    /**
     * Returns which of up to 64 entries of a row are kept.
     *
     * @param tap the kernel tap, 0 for a linear weight
     * @param row the output
     * @param column the first of the inputs, a multiple of 64
     * @return a bit for each input, the lowest for the first: 1 if kept; 0 past the last input
     * @throws IndexOutOfBoundsException if there is no such entry
     * @throws IllegalArgumentException if the column is not a multiple of 64
     */
    public long getBits(int tap, int row, int column) {
        checkEntry(tap, row, column);
        if (column % Long.SIZE != 0) {
            throw new IllegalArgumentException(
                    "column " + column + ": must be a multiple of " + Long.SIZE);
        }
        return bits(tap, row, column);
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
     * Returns whether the weight satisfies the pattern: at most N of every M inputs of an output
     * are kept, over which the forward product sums. Cost: one pass over the mask, both ways.
     *
     * @return {@code true} if it does
     */
    public boolean isValidAlongRows() {
        return check().isValidAlongRows();
    }

    /**
     * Returns whether the transposed weight satisfies the pattern: at most N of every M outputs of
     * an input are kept, over which the input-gradient product sums. Cost: one pass over the mask,
     * both ways.
     *
     * @return {@code true} if it does
     */
    public boolean isValidAlongColumns() {
        return check().isValidAlongColumns();
    }

    /**
     * Returns whether the mask is valid both ways. Cost: one pass over the mask. {@link
     * MaskChecker} tells this and each way in a single pass.
     *
     * @return {@link #isValidAlongRows()} and {@link #isValidAlongColumns()}
     */
    public boolean isTransposable() {
        return check().isTransposable();
    }

    private MaskChecker.Result check() {
        return MaskChecker.check(this);
    }

    /**
     * Counts the entries that one mask keeps and the other does not.
     *
     * @param other a mask of the same shape
     * @return the number of flips; divided by the size, the flip rate of 2by4
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
     * Sums of magnitudes.
     *
     * @param kept |w| summed over the kept entries
     * @param all |w| summed over all entries
     */
    public record Magnitudes(double kept, double all) {

        /**
         * Adds the sums of another weight, or of another part of the weight.
         *
         * @param other the other's sums
         * @return the sums of both
         */
        public Magnitudes plus(Magnitudes other) {
            return new Magnitudes(kept + other.kept, all + other.all);
        }

        /**
         * Returns the kept share.
         *
         * @return kept over all; 1 if all weights are zero
         */
        public double share() {
            return all == 0 ? 1 : kept / all;
        }
    }

    /**
     * Returns the share of the weights' magnitude that the mask keeps.
     *
     * @param weights the weights, in the tensor's row-major order
     * @return kept |w| over all |w|; 1 if all weights are zero
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public double getKeptMagnitude(float[] weights) {
        return sumMagnitudes(weights).share();
    }

    /**
     * Sums the weights' magnitudes, with the same result on any number of threads.
     *
     * @param weights the weights, in the tensor's row-major order
     * @return the sums
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public Magnitudes sumMagnitudes(float[] weights) {
        shape.checkLength(weights.length);
        // Row by row and then over the rows, so that the sums are the same on any number of
        // threads.
        double[] kept = new double[shape.rows()];
        double[] all = new double[shape.rows()];
        Threads.forEach(
                shape.rows(),
                weights.length < PARALLEL_SIZE ? 1 : Threads.available(),
                () -> row -> addMagnitudes(weights, row, kept, all));
        return new Magnitudes(Arrays.stream(kept).sum(), Arrays.stream(all).sum());
    }

    private void addMagnitudes(float[] weights, int row, double[] kept, double[] all) {
        int taps = shape.taps();
        // Four sums of each kind side by side: one would wait for each addition.
        double kept0 = 0;
        double kept1 = 0;
        double kept2 = 0;
        double kept3 = 0;
        double all0 = 0;
        double all1 = 0;
        double all2 = 0;
        double all3 = 0;
        for (int tap = 0; tap < taps; tap++) {
            for (int column = 0; column < shape.columns(); column += Long.SIZE) {
                long bits = bits(tap, row, column);
                int index = shape.index(tap, row, column);
                int left = Math.min(Long.SIZE, shape.columns() - column);
                for (; left >= 4; left -= 4) {
                    float weight0 = Math.abs(weights[index]);
                    float weight1 = Math.abs(weights[index + taps]);
                    float weight2 = Math.abs(weights[index + 2 * taps]);
                    float weight3 = Math.abs(weights[index + 3 * taps]);
                    all0 += weight0;
                    all1 += weight1;
                    all2 += weight2;
                    all3 += weight3;
                    kept0 += ifKept(weight0, bits);
                    kept1 += ifKept(weight1, bits >>> 1);
                    kept2 += ifKept(weight2, bits >>> 2);
                    kept3 += ifKept(weight3, bits >>> 3);
                    index += 4 * taps;
                    bits >>>= 4;
                }
                for (; left > 0; left--) {
                    float weight = Math.abs(weights[index]);
                    all0 += weight;
                    kept0 += ifKept(weight, bits);
                    index += taps;
                    bits >>>= 1;
                }
            }
        }
        kept[row] = (kept0 + kept1) + (kept2 + kept3);
        all[row] = (all0 + all1) + (all2 + all3);
    }

    /** The weight, or 0 if the lowest bit is 0. A branch would often be mispredicted. */
    private static float ifKept(float weight, long bits) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(weight) & -(int) (bits & 1));
    }

    /**
     * Returns the mask as numbers: 1 for kept entries, 0 for pruned entries.
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
     * Writes the mask as bytes, and advances the buffer's position.
     *
     * @param out takes one byte for each entry, in the tensor's row-major order
     * @param kept the byte for kept entries
     * @param pruned the byte for pruned entries
     * @throws java.nio.BufferOverflowException if the entries do not fit; nothing is written then
     */
    public void writeBytes(ByteBuffer out, byte kept, byte pruned) {
        if (out.remaining() < shape.size()) {
            throw new BufferOverflowException();
        }
        for (int row = 0; row < shape.rows(); row++) {
            for (int column = 0; column < shape.columns(); column++) {
                for (int tap = 0; tap < shape.taps(); tap++) {
                    int bit = (int) (bits(tap, row, column) >>> column & 1);
                    out.put((byte) (pruned ^ ((kept ^ pruned) & -bit)));
                }
            }
        }
    }

    /**
     * Returns the mask as booleans: {@code true} for kept entries.
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

    /**
     * Copies the mask as bytes: 1 for kept entries, 0 for pruned entries.
     *
     * @param values takes the bytes, in the tensor's row-major order
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public void copyTo(byte[] values) {
        shape.checkLength(values.length);
        writeBytes(ByteBuffer.wrap(values), (byte) 1, (byte) 0);
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
