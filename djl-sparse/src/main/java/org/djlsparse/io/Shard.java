package org.djlsparse.io;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One of the files of a sharded checkpoint.
 *
 * @param tensors the tensors that it holds, at least one
 * @param metadata its metadata
 */
public record Shard(List<TensorInfo> tensors, Map<String, String> metadata) {

    /**
     * Creates a description.
     *
     * @throws IllegalArgumentException if there is no tensor
     */
    public Shard {
        tensors = List.copyOf(tensors);
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("a shard must have at least 1 tensor, has none");
        }
    }
}
