package org.djlsparse.io;

import org.djlsparse.internal.mask.DenseReason;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds which of some patterns a tensor satisfies, and its density, in one pass. Values other than
 * zero count as kept.
 */
public final class PatternProbe {

    private final Map<Integer, Integer> alongInputs = new TreeMap<>();
    private final Map<Integer, Integer> alongOutputs = new TreeMap<>();
    private long kept;

    private PatternProbe(List<NmPattern> patterns) {
        for (NmPattern pattern : patterns) {
            alongInputs.put(pattern.m(), 0);
            alongOutputs.put(pattern.m(), 0);
        }
    }

    /**
     * The outcome of probing a tensor.
     *
     * @param density the share of the entries that are not zero
     * @param alongInputs the patterns that the tensor satisfies along its inputs
     * @param bothWays those of them that it satisfies along its outputs as well
     */
    public record Result(double density, List<NmPattern> alongInputs, List<NmPattern> bothWays) {

        /** Creates a result. */
        public Result {
            alongInputs = List.copyOf(alongInputs);
            bothWays = List.copyOf(bothWays);
        }
    }

    /**
     * Returns whether a tensor can be probed.
     *
     * @param tensor the tensor
     * @return {@code true} if it is floating or boolean, of two or more dimensions, and not empty
     */
    public static boolean supports(TensorInfo tensor) {
        return (tensor.type().isDecodable() || tensor.type() == ElementType.BOOL)
                && DenseReason.forShape(tensor.shape(), Long.MAX_VALUE) == null;
    }

    /**
     * Probes a tensor.
     *
     * @param file the file
     * @param tensor a tensor of the file that {@link #supports} takes
     * @param patterns the patterns to look for, of which each M divides the largest
     * @return the outcome
     * @throws WeightFileException if the file is damaged, or as many rows as the largest M do not
     *     fit into memory
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if the tensor is not supported, or an M does not divide the
     *     largest
     */
    public static Result probe(WeightFile file, TensorInfo tensor, List<NmPattern> patterns)
            throws IOException {
        if (!supports(tensor)) {
            throw new IllegalArgumentException(
                    "tensor "
                            + tensor
                            + ": must be floating or boolean, [out, in] or [out, in,"
                            + " k1, ...]");
        }
        int largest = patterns.stream().mapToInt(NmPattern::m).max().orElse(2);
        for (NmPattern pattern : patterns) {
            if (largest % pattern.m() != 0) {
                throw new IllegalArgumentException(
                        "pattern " + pattern + ": M must divide the largest M, " + largest);
            }
        }
        PatternProbe probe = new PatternProbe(patterns);
        probe.read(file, tensor, NmPattern.of(1, largest));
        List<NmPattern> inputs = satisfied(patterns, probe.alongInputs);
        List<NmPattern> outputs = satisfied(patterns, probe.alongOutputs);
        return new Result(
                (double) probe.kept / tensor.getCount(),
                inputs,
                inputs.stream().filter(outputs::contains).toList());
    }

    /** The most that a band keeps in any group of each length. */
    private record Found(long kept, Map<Integer, Integer> inputs, Map<Integer, Integer> outputs) {}

    private void read(WeightFile file, TensorInfo tensor, NmPattern largest) throws IOException {
        new TileBands(file, tensor, largest)
                .forEach(
                        band ->
                                look(
                                        ElementMask.ofNonZeros(
                                                tensor, band.getBytes(), band.getShape(), largest)),
                        (band, found) -> add(found));
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

    private static List<NmPattern> satisfied(List<NmPattern> patterns, Map<Integer, Integer> most) {
        return patterns.stream()
                .filter(pattern -> most.getOrDefault(pattern.m(), 0) <= pattern.n())
                .toList();
    }
}
