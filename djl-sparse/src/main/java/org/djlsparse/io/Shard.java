package org.djlsparse.io;

import java.util.ArrayList;
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

    /**
     * Plans the shards of a copy of a file, as Hugging Face does: whole tensors in the file's
     * order, and a new shard where the next tensor would exceed the limit. A larger tensor has a
     * shard of its own. The plan depends on the tensors alone, not on the file's own shards.
     *
     * @param file the file
     * @param mostBytes the most bytes of the tensors of a shard, at least 1
     * @return the shards; each has the metadata of all of the file's shards, the first entry of a
     *     key
     * @throws IllegalArgumentException if the limit is below 1, or the file has no tensors
     */
    public static List<Shard> plan(WeightFile file, long mostBytes) {
        if (mostBytes < 1) {
            throw new IllegalArgumentException(
                    "shard size " + mostBytes + ": must be at least 1 byte");
        }
        Map<String, String> metadata = mergeMetadata(file);
        List<Shard> shards = new ArrayList<>();
        List<TensorInfo> next = new ArrayList<>();
        long bytes = 0;
        for (TensorInfo tensor : file.getTensors()) {
            if (!next.isEmpty() && tensor.getByteCount() > mostBytes - bytes) {
                shards.add(new Shard(next, metadata));
                next.clear();
                bytes = 0;
            }
            next.add(tensor);
            bytes += tensor.getByteCount();
        }
        shards.add(new Shard(next, metadata));
        return shards;
    }

    /** Returns the metadata of a file, or of all of its shards, the first entry of a key. */
    static Map<String, String> mergeMetadata(WeightFile file) {
        if (file.getShards().isEmpty()) {
            return file.getMetadata();
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        file.getShards().forEach(shard -> shard.metadata().forEach(metadata::putIfAbsent));
        return metadata;
    }
}
