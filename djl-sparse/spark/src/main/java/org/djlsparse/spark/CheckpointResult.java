package org.djlsparse.spark;

import org.djlsparse.io.WeightFile;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * The outcome of a job that wrote a checkpoint.
 *
 * @param <R> the report
 * @param report what was done to the tensors
 * @param files the shards that were written, in order; their index is beside them
 * @param masks the shards of the masks, in order, with their index beside them; empty if none were
 *     asked for
 * @param inputBytes the size of the checkpoint that was read: of all its shards and their index
 * @param warnings the {@linkplain org.djlsparse.io.WeightFile#getWarnings warnings} about it
 */
public record CheckpointResult<R>(
        R report,
        List<OutputShard> files,
        List<OutputShard> masks,
        long inputBytes,
        List<String> warnings) {

    /** Creates a result. */
    public CheckpointResult {
        files = List.copyOf(files);
        masks = List.copyOf(masks);
        warnings = List.copyOf(warnings);
    }

    static <R> CheckpointResult<R> of(
            R report, List<OutputFolder.Written> written, WeightFile input) throws IOException {
        return new CheckpointResult<>(
                report,
                written.stream().map(OutputFolder.Written::file).toList(),
                written.stream().map(OutputFolder.Written::masks).filter(Objects::nonNull).toList(),
                input.getSize(),
                input.getWarnings());
    }
}
