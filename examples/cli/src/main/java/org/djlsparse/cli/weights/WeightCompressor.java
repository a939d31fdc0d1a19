package org.djlsparse.cli.weights;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.CompressedFile;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.FileFormat;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSelection;
import org.djlsparse.io.TensorSelector;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

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
     * @param shardBytes the most bytes of a shard of {@code out}; null to keep the shards
     * @return the outcome
     * @throws IOException if a file cannot be read or written
     */
    public static CompressionReport compress(
            Path in,
            TensorSelector tensors,
            Path out,
            NmPattern pattern,
            boolean bothWays,
            @Nullable Long shardBytes)
            throws IOException {
        long start = System.nanoTime();
        try (WeightFile file = WeightFile.open(in)) {
            long before = file.getSize();
            TensorSelection selection = tensors.selectPossible(file);
            Compressor compressor = new Compressor(pattern, bothWays);
            CompressionResult compression =
                    shardBytes == null
                            ? compressor.compress(file, selection.selected(), out)
                            : compressor.compress(file, selection.selected(), out, shardBytes);
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
     * @param in the compressed file, or an index of such files
     * @param out the file to write; may be {@code in}
     * @param shardBytes the most bytes of a shard of {@code out}; null to write those that were
     *     compressed
     * @return the outcome
     * @throws IOException if a file cannot be read or written
     */
    public static CompressionReport decompress(Path in, Path out, @Nullable Long shardBytes)
            throws IOException {
        long start = System.nanoTime();
        try (WeightFile file = openCompressed(in)) {
            long before = file.getSize();
            if (file.getStoredTensors().stream().anyMatch(StoredTensor::bothWays)) {
                file.verify(); // transposes are not read otherwise
            }
            try (WeightFileWriter writer =
                    shardBytes == null
                            ? WeightFileWriter.createLike(out, file)
                            : WeightFileWriter.createLike(out, file, shardBytes)) {
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

    private static WeightFile openCompressed(Path in) throws IOException {
        if (FileFormat.of(in) != FileFormat.SHARDED) {
            return CompressedFile.open(in);
        }
        WeightFile file = WeightFile.open(in);
        if (!file.isCompressed()) {
            file.close();
            throw new InputException("IN " + in + ": none of its shards is a compressed file");
        }
        return file;
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
