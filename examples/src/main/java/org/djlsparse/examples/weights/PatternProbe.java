package org.djlsparse.examples.weights;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds which of some patterns a tensor satisfies, in one pass. Each value but zero is kept. */
final class PatternProbe {

    private final List<NmPattern> patterns;
    private final NmPattern band;
    private final Map<Integer, Integer> alongInputs = new TreeMap<>();
    private final Map<Integer, Integer> alongOutputs = new TreeMap<>();
    private long kept;

    /**
     * Creates a probe for a tensor.
     *
     * @param patterns the patterns, of which each M divides the largest
     */
    PatternProbe(List<NmPattern> patterns) {
        this.patterns = patterns;
        int largest = 2;
        for (NmPattern pattern : patterns) {
            alongInputs.put(pattern.m(), 0);
            alongOutputs.put(pattern.m(), 0);
            largest = Math.max(largest, pattern.m());
        }
        band = NmPattern.of(1, largest);
    }

    /** Whether a tensor can be looked at. */
    static boolean takes(TensorInfo tensor) {
        return (tensor.type().isDecodable() || tensor.type() == ElementType.BOOL)
                && tensor.shape().length >= 2
                && tensor.getCount() > 0;
    }

    void read(WeightFile file, TensorInfo tensor) throws IOException {
        try (Bands bands = new Bands(file, tensor, band)) {
            while (bands.next()) {
                WeightShape shape = bands.getShape();
                boolean[] keep = nonZeros(tensor, bands.getBytes(), shape.size());
                for (boolean entry : keep) {
                    kept += entry ? 1 : 0;
                }
                alongInputs.keySet().parallelStream()
                        .flatMap(m -> Stream.of(new Count(m, true), new Count(m, false)))
                        .map(count -> count.most(keep, shape))
                        .toList()
                        .forEach(this::add);
            }
        }
    }

    private void add(Most most) {
        (most.count.inputs ? alongInputs : alongOutputs).merge(most.count.m, most.kept, Math::max);
    }

    double getDensity(TensorInfo tensor) {
        return (double) kept / tensor.getCount();
    }

    List<String> getAlongInputs() {
        return satisfied(alongInputs);
    }

    List<String> getBothWays() {
        List<String> outputs = satisfied(alongOutputs);
        return getAlongInputs().stream().filter(outputs::contains).toList();
    }

    private List<String> satisfied(Map<Integer, Integer> most) {
        return patterns.stream()
                .filter(pattern -> most.getOrDefault(pattern.m(), 0) <= pattern.n())
                .map(NmPattern::toString)
                .toList();
    }

    private static boolean[] nonZeros(TensorInfo tensor, byte[] bytes, int count) {
        int size = tensor.type().getBytes();
        int signByte = tensor.byteOrder() == ByteOrder.LITTLE_ENDIAN ? size - 1 : 0;
        int signMask = tensor.type().isDecodable() ? 0x7f : 0xff;
        boolean[] keep = new boolean[count];
        for (int i = 0, at = 0; i < count; i++, at += size) {
            int bits = bytes[at + signByte] & signMask;
            for (int k = 0; k < size; k++) {
                bits |= k == signByte ? 0 : bytes[at + k];
            }
            keep[i] = bits != 0;
        }
        return keep;
    }

    /** The largest number that a group keeps. */
    private record Most(Count count, int kept) {}

    /** A way to count: groups of M along the inputs, or the outputs. */
    private record Count(int m, boolean inputs) {

        Most most(boolean[] keep, WeightShape shape) {
            int most = 0;
            int length = inputs ? shape.columns() : shape.rows();
            int across = inputs ? shape.rows() : shape.columns();
            int step = inputs ? shape.taps() : shape.taps() * shape.columns();
            for (int line = 0; line < across; line++) {
                for (int tap = 0; tap < shape.taps(); tap++) {
                    int start = inputs ? shape.index(tap, line, 0) : shape.index(tap, 0, line);
                    for (int first = 0; first < length; first += m) {
                        int end = start + Math.min(length, first + m) * step;
                        int group = 0;
                        for (int at = start + first * step; at < end; at += step) {
                            group += keep[at] ? 1 : 0;
                        }
                        most = Math.max(most, group);
                    }
                }
            }
            return new Most(this, most);
        }
    }
}
