package org.djlsparse.io;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a file that are not weights of products, such as embeddings. The program that
 * wrote the file knew them from the model and listed them in the metadata; a tensor alone tells no
 * more than its name and shape.
 *
 * <p>The key is {@value #KEY}, the value a JSON object: for each such tensor of two or more
 * dimensions the reason, in words. All other tensors of the file are then weights of products.
 *
 * @param reasons the reasons by name
 */
public record DenseTensors(Map<String, String> reasons) {

    static final String KEY = "djl-sparse.dense";

    /** Creates a description. */
    public DenseTensors {
        reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
    }

    /**
     * Returns the metadata.
     *
     * @return one entry, for {@link WeightFileWriter#create}
     */
    public Map<String, String> format() {
        JsonObject object = new JsonObject();
        reasons.forEach(object::addProperty);
        return Map.of(KEY, object.toString());
    }

    /**
     * Reads the metadata of a file or a shard.
     *
     * @param location the file, for errors
     * @param metadata its metadata
     * @return the tensors; empty if the metadata does not list any
     * @throws WeightFileException if the value is not such an object
     */
    static Optional<DenseTensors> read(String location, Map<String, String> metadata)
            throws WeightFileException {
        String text = metadata.get(KEY);
        if (text == null) {
            return Optional.empty();
        }
        Map<String, String> reasons = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, JsonElement> entry :
                    JsonParser.parseString(text).getAsJsonObject().entrySet()) {
                reasons.put(entry.getKey(), entry.getValue().getAsJsonPrimitive().getAsString());
            }
        } catch (JsonParseException | IllegalStateException e) {
            throw WeightFileException.of(
                    location, "__metadata__: \"" + KEY + "\" must be a JSON object of texts");
        }
        return Optional.of(new DenseTensors(reasons));
    }

    /** Reads the metadata of a file, for each tensor that it covers; shards have their own. */
    static Map<TensorInfo, DenseTensors> read(WeightFile file) throws WeightFileException {
        Map<TensorInfo, DenseTensors> read = new LinkedHashMap<>();
        if (file.getShards().isEmpty()) {
            add(read, file.getLocation(), file.getTensors(), file.getMetadata());
        }
        for (Shard shard : file.getShards()) {
            add(read, file.getLocation(), shard.tensors(), shard.metadata());
        }
        return read;
    }

    private static void add(
            Map<TensorInfo, DenseTensors> read,
            String location,
            List<TensorInfo> tensors,
            Map<String, String> metadata)
            throws WeightFileException {
        Optional<DenseTensors> found = read(location, metadata);
        found.ifPresent(said -> tensors.forEach(tensor -> read.put(tensor, said)));
    }
}
