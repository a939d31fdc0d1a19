package org.djlsparse.spark;

import org.djlsparse.io.CheckedTensor;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.MaskedTensor;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * What a task does with a shard: by the same classes of {@code org.djlsparse.io} as a single
 * machine, so that the bytes are the same.
 *
 * @param <T> the rows of the report
 */
@FunctionalInterface
interface ShardWork<T> extends Serializable {

    /**
     * Does the work.
     *
     * @param shard the shard
     * @param selected its tensors to work on
     * @param out takes the file that it writes, if any
     * @param masks takes the file of the masks; null if none are asked for
     */
    T run(
            WeightFile shard,
            List<TensorInfo> selected,
            OutputStream out,
            @Nullable OutputStream masks)
            throws IOException;

    /** The rows on the tensors of a compressed shard. */
    record Compressed(
            ArrayList<MaskedTensor> masked,
            ArrayList<StoredTensor> stored,
            LinkedHashMap<String, String> reasons)
            implements Serializable {

        static Compressed of(List<MaskedTensor> masked, CompressionResult result) {
            return new Compressed(
                    new ArrayList<>(masked),
                    new ArrayList<>(result.tensors()),
                    new LinkedHashMap<>(result.reasons()));
        }
    }

    static ShardWork<List<MaskedTensor>> mask(NmPattern pattern, SolverFactory solver) {
        return (shard, selected, out, masks) ->
                new ArrayList<>(masker(pattern, solver).mask(shard, selected, out, masks));
    }

    private static WeightMasker masker(NmPattern pattern, SolverFactory solver) {
        return WeightMasker.builder().setPattern(pattern).optSolver(solver.newSolver()).build();
    }

    static ShardWork<Compressed> compress(NmPattern pattern, boolean bothWays) {
        return (shard, selected, out, masks) -> {
            Compressor compressor = new Compressor(pattern, bothWays);
            if (!bothWays) {
                return Compressed.of(List.of(), compressor.compress(shard, selected, out));
            }
            // Columns are read in pieces all over a tensor, which only a local disk serves fast.
            return withLocalFile(
                    local -> {
                        try (WeightFileWriter writer = WeightFileWriter.createLike(local, shard)) {
                            copy(shard, writer);
                            writer.complete();
                            writer.replace();
                        }
                        return compressLocal(compressor, List.of(), local, selected, out);
                    });
        };
    }

    /** Masks, then compresses. */
    static ShardWork<Compressed> convert(
            NmPattern pattern, SolverFactory solver, boolean bothWays) {
        return (shard, selected, out, masks) ->
                withLocalFile(
                        local -> {
                            List<MaskedTensor> masked;
                            try (OutputStream stream = Files.newOutputStream(local)) {
                                masked =
                                        masker(pattern, solver).mask(shard, selected, stream, null);
                            }
                            return compressLocal(
                                    new Compressor(pattern, bothWays),
                                    masked,
                                    local,
                                    shard.getTensors(),
                                    out);
                        });
    }

    private static Compressed compressLocal(
            Compressor compressor,
            List<MaskedTensor> masked,
            Path local,
            List<TensorInfo> selected,
            OutputStream out)
            throws IOException {
        try (WeightFile file = WeightFile.open(local)) {
            return Compressed.of(masked, compressor.compress(file, selected, out));
        }
    }

    /** Works with a file on the executor's own disk. */
    private static <T> T withLocalFile(LocalWork<T> work) throws IOException {
        try (LocalFolder folder = LocalFolder.create()) {
            return work.run(folder.resolve("shard.safetensors"));
        }
    }

    /** Works with a file. */
    interface LocalWork<T> {
        T run(Path file) throws IOException;
    }

    static ShardWork<List<StoredTensor>> decompress() {
        return (shard, selected, out, masks) -> {
            List<StoredTensor> stored = new ArrayList<>(shard.getStoredTensors());
            if (stored.stream().anyMatch(StoredTensor::bothWays)) {
                shard.verify(); // transposes are not read otherwise
            }
            try (WeightFileWriter writer =
                    WeightFileWriter.create(out, shard.getTensors(), shard.getMetadata())) {
                copy(shard, writer);
                writer.complete();
            }
            return stored;
        };
    }

    static ShardWork<List<CheckedTensor>> check(NmPattern pattern) {
        return (shard, selected, out, masks) -> {
            WeightChecker checker = WeightChecker.builder().setPattern(pattern).build();
            return new ArrayList<>(checker.check(shard, selected));
        };
    }

    private static void copy(WeightFile from, WeightFileWriter to) throws IOException {
        for (TensorInfo tensor : from.getTensors()) {
            to.copy(from, tensor);
        }
    }
}
