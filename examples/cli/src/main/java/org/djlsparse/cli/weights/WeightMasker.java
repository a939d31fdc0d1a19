package org.djlsparse.cli.weights;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a file again with some of its tensors masked. What is kept keeps its bits, what is pruned
 * becomes +0.
 *
 * @param pattern the pattern
 * @param solver finds the masks
 */
public record WeightMasker(NmPattern pattern, MaskSolver solver) {

    /**
     * Masks a file. Nothing is put in its place before all is written.
     *
     * @param file the file
     * @param selection the tensors to mask; the others are copied
     * @param out where to write the weights; may be the file itself
     * @param masks where to write the masks, as booleans; null for nowhere
     * @return what it came to
     * @throws InputException if a weight is NaN or infinite, or the format of {@code masks} cannot
     *     hold the masks
     * @throws IOException if a file cannot be read or written
     */
    public MaskingReport mask(
            WeightFile file, TensorSelection selection, Path out, @Nullable Path masks)
            throws IOException {
        List<TensorInfo> selected = selection.selected();
        Set<String> names = new HashSet<>();
        selected.forEach(tensor -> names.add(tensor.name()));
        try (WeightFileWriter weights = WeightFileWriter.createLike(out, file);
                WeightFileWriter maskWriter =
                        masks == null ? null : maskWriter(masks, selected, file.isDeflated())) {
            List<MaskedTensor> masked = new ArrayList<>();
            for (TensorInfo tensor : file.getTensors()) {
                if (names.contains(tensor.name())) {
                    masked.add(new TensorMasker(this, file, tensor, weights, maskWriter).mask());
                } else {
                    TensorCopy.copy(file, tensor, weights);
                }
            }
            weights.complete();
            if (maskWriter != null) {
                maskWriter.complete();
            }
            weights.replace();
            if (maskWriter != null) {
                maskWriter.replace();
            }
            return new MaskingReport(pattern.toString(), masked, selection.leftOut());
        }
    }

    private static WeightFileWriter maskWriter(
            Path path, List<TensorInfo> selected, boolean compressed) throws IOException {
        List<TensorInfo> masks =
                selected.stream()
                        .map(
                                tensor ->
                                        TensorInfo.of(
                                                tensor.name(), ElementType.BOOL, tensor.shape()))
                        .toList();
        try {
            return WeightFileWriter.create(path, masks, Map.of(), compressed);
        } catch (IllegalArgumentException e) {
            throw new InputException("--masks-output " + path + ": " + e.getMessage(), e);
        }
    }
}
