package org.djlsparse.cli.weights;

import org.djlsparse.io.CompressedFile;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSelection;
import org.djlsparse.io.TensorSelector;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compresses and decompresses files of weights. */
public final class WeightCompressor {

    private WeightCompressor() {}

    /**
     * Compresses a file.
     *
     * @param in the file
     * @param tensors the tensors to compress; the others are stored as they are
     * @param out the file to write; may be {@code in}
     * @param pattern the pattern
     * @param bothWays whether to store transposes, too
     * @return the outcome
     * @throws IOException if a file cannot be read or written
     */
    public static CompressionReport compress(
            Path in, TensorSelector tensors, Path out, NmPattern pattern, boolean bothWays)
            throws IOException {
        long start = System.nanoTime();
        try (WeightFile file = WeightFile.open(in)) {
            long before = file.getSize();
            TensorSelection selection = tensors.selectPossible(file);
            CompressionResult compression =
                    new Compressor(pattern, bothWays).compress(file, selection.selected(), out);
            Map<String, String> reasons = new HashMap<>(compression.reasons());
            selection.leftOut().forEach(left -> reasons.put(left.tensor().name(), left.reason()));
            List<TensorSize> sizes =
                    compression.tensors().stream()
                            .map(
                                    stored ->
                                            TensorSize.of(
                                                    stored, reasons.get(stored.tensor().name())))
                            .toList();
            return report(before, out, start, sizes, file.getWarnings());
        }
    }

    /**
     * Decompresses a file. All data is checked before the new file takes its place.
     *
     * @param in the compressed file
     * @param out the file to write; may be {@code in}
     * @return the outcome
     * @throws IOException if a file cannot be read or written
     */
    public static CompressionReport decompress(Path in, Path out) throws IOException {
        long start = System.nanoTime();
        try (CompressedFile file = CompressedFile.open(in)) {
            long before = file.getSize();
            if (file.getStoredTensors().stream().anyMatch(StoredTensor::bothWays)) {
                file.verify(); // transposes are not read otherwise
            }
            try (WeightFileWriter writer = WeightFileWriter.createLike(out, file)) {
                for (TensorInfo tensor : file.getTensors()) {
                    writer.copy(file, tensor);
                }
                writer.complete();
                writer.replace();
            }
            List<TensorSize> tensors =
                    file.getStoredTensors().stream()
                            .map(stored -> TensorSize.of(stored, null))
                            .toList();
            return report(before, out, start, tensors, file.getWarnings());
        }
    }

    private static CompressionReport report(
            long before, Path out, long start, List<TensorSize> tensors, List<String> warnings)
            throws IOException {
        try (WeightFile written = WeightFile.open(out)) {
            return new CompressionReport(
                    before,
                    written.getSize(),
                    (System.nanoTime() - start) * 1e-9,
                    tensors,
                    warnings);
        }
    }
}
