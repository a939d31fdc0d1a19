package org.djlsparse.io;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    /**
     * Describes the shards of masks: for each shard, the masks of its tensors among those given, as
     * booleans under the tensors' names. A shard without any is left out.
     *
     * @param shards the shards of the weights
     * @param masked the tensors that have masks
     * @return the shards of the masks
     */
    public static List<Shard> ofMasks(List<Shard> shards, Collection<TensorInfo> masked) {
        Set<String> names = new HashSet<>();
        masked.forEach(tensor -> names.add(tensor.name()));
        List<Shard> result = new ArrayList<>();
        for (Shard shard : shards) {
            List<TensorInfo> masks =
                    shard.tensors().stream()
                            .filter(tensor -> names.contains(tensor.name()))
                            .map(WeightMasker::maskOf)
                            .toList();
            if (!masks.isEmpty()) {
                result.add(new Shard(masks, Map.of()));
            }
        }
        return result;
    }

    /**
     * Returns the name of a shard's file, as Hugging Face forms it from the name of the index: for
     * {@code x.safetensors.index.json} the second of three is {@code x-00002-of-00003.safetensors}.
     *
     * @param index the name of the index
     * @param number the number of the shard, from 0 on
     * @param count the number of shards
     * @return the name
     * @throws IllegalArgumentException if the index has not the name of one
     */
    public static String fileName(String index, int number, int count) {
        return ShardIndex.shardName(index, number, count);
    }

    /**
     * Formats the index of shards whose files have the names of {@link #fileName}.
     *
     * @param index the name of the index
     * @param shards the shards
     * @param metadata the metadata of the index by key, each value as JSON; the total size is added
     * @return the text of the index in UTF-8
     */
    public static byte[] formatIndex(
            String index, List<Shard> shards, Map<String, String> metadata) {
        return ShardIndex.format(index, shards, metadata);
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
