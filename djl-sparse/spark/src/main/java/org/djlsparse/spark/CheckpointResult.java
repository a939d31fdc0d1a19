package org.djlsparse.spark;

import java.util.List;

/**
 * The outcome of a job that wrote a checkpoint.
 *
 * @param <R> the report
 * @param report what was done to the tensors
 * @param files the shards that were written, in order; their index is beside them
 */
public record CheckpointResult<R>(R report, List<OutputShard> files) {

    /** Creates a result. */
    public CheckpointResult {
        files = List.copyOf(files);
    }
}
