package org.djlsparse.cli.weights;

import org.djlsparse.internal.mask.DenseReason;
import org.djlsparse.io.ElementMask;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
                && DenseReason.forShape(tensor.shape(), Long.MAX_VALUE) == null;
    }

    /** What a band keeps at most, in any group of each length. */
    private record Found(long kept, Map<Integer, Integer> inputs, Map<Integer, Integer> outputs) {}

    void read(WeightFile file, TensorInfo tensor) throws IOException {
        new Bands(file, tensor, band)
                .forEach(
                        rows ->
                                look(
                                        ElementMask.ofNonZeros(
                                                tensor, rows.getBytes(), rows.getShape(), band)),
                        (rows, found) -> add(found));
    }

    private Found look(Mask nonZeros) {
        Map<Integer, Integer> inputs = new HashMap<>();
        Map<Integer, Integer> outputs = new HashMap<>();
        for (int m : alongInputs.keySet()) {
            inputs.put(m, MaskChecker.mostAlongRows(nonZeros, m));
            outputs.put(m, MaskChecker.mostAlongColumns(nonZeros, m));
        }
        return new Found(nonZeros.getKeptCount(), inputs, outputs);
    }

    private void add(Found found) {
        kept += found.kept;
        found.inputs.forEach((m, most) -> alongInputs.merge(m, most, Math::max));
        found.outputs.forEach((m, most) -> alongOutputs.merge(m, most, Math::max));
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
}
