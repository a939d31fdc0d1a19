package org.djlsparse.spark;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.io.Serializable;
import java.util.Arrays;

/** A mask on its way between driver and tasks. */
final class MaskBits implements Serializable {

    private static final long serialVersionUID = 1;

    private final String name;
    private final String pattern;
    private final long[] shape; // rows, columns, taps
    private final long[] words; // a bit for each entry, in the tensor's row-major order

    private MaskBits(String name, String pattern, long[] shape, long[] words) {
        this.name = name;
        this.pattern = pattern;
        this.shape = shape;
        this.words = words;
    }

    static MaskBits of(String name, Mask mask) {
        WeightShape shape = mask.getShape();
        boolean[] keep = mask.toBooleanArray();
        long[] words = new long[(keep.length + Long.SIZE - 1) / Long.SIZE];
        for (int i = 0; i < keep.length; i++) {
            if (keep[i]) {
                words[i / Long.SIZE] |= 1L << i;
            }
        }
        long[] dimensions = {shape.rows(), shape.columns(), shape.taps()};
        return new MaskBits(name, mask.getPattern().toString(), dimensions, words);
    }

    String getName() {
        return name;
    }

    Mask toMask() {
        boolean[] keep = new boolean[getSize()];
        for (int i = 0; i < keep.length; i++) {
            keep[i] = isKept(i);
        }
        return Mask.of(
                new WeightShape((int) shape[0], (int) shape[1], (int) shape[2]),
                NmPattern.parse(pattern),
                keep);
    }

    int getSize() {
        return (int) (shape[0] * shape[1] * shape[2]);
    }

    int getKeptCount() {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    long getByteCount() {
        return (long) words.length * Long.BYTES;
    }

    boolean isKept(int index) {
        return (words[index / Long.SIZE] >>> index & 1) != 0;
    }

    /** Selects the values of the kept or of the pruned entries. */
    float[] select(float[] values, boolean kept) {
        float[] selected = new float[kept ? getKeptCount() : getSize() - getKeptCount()];
        int next = 0;
        for (int i = 0; i < values.length; i++) {
            if (isKept(i) == kept) {
                selected[next++] = values[i];
            }
        }
        return selected;
    }

    /** Puts the values of kept and pruned entries back in order. */
    float[] join(float[] kept, float[] pruned) {
        float[] values = new float[getSize()];
        int nextKept = 0;
        int nextPruned = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = isKept(i) ? kept[nextKept++] : pruned[nextPruned++];
        }
        return values;
    }

    boolean isSameAs(MaskBits other) {
        return name.equals(other.name)
                && pattern.equals(other.pattern)
                && Arrays.equals(shape, other.shape)
                && Arrays.equals(words, other.words);
    }
}
