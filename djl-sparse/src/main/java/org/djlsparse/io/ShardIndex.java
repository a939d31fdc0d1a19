package org.djlsparse.io;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The index of a sharded checkpoint, in JSON, as Hugging Face writes it.
 *
 * @param metadata the entries of its metadata, each as JSON, but the total size
 * @param weightMap for each tensor the name of the file that holds it
 */
record ShardIndex(Map<String, String> metadata, Map<String, String> weightMap) {

    private static final String METADATA = "metadata";
    private static final String TOTAL_SIZE = "total_size";
    private static final String WEIGHT_MAP = "weight_map";

    /** As for a safetensors header. */
    private static final long LONGEST = 100_000_000;

    /** The name of a shard, as Hugging Face forms it from the name of the index. */
    static String shardName(Path index, int number, int count) {
        String name = FileFormat.nameOf(index);
        int end = name.length() - FileFormat.SHARDED.getExtension().length();
        return String.format(
                Locale.ROOT,
                "%s-%05d-of-%05d%s",
                name.substring(0, end),
                number + 1,
                count,
                FileFormat.SAFETENSORS.getExtension());
    }

    static ShardIndex read(Path path) throws IOException {
        long size = Files.size(path);
        if (size > LONGEST) {
            throw WeightFileException.of(
                    path, "index of " + size + " bytes: must be at most " + LONGEST);
        }
        String text;
        try {
            text = Files.readString(path);
        } catch (CharacterCodingException e) {
            throw WeightFileException.of(path, "index is not text in UTF-8", e);
        }
        JsonReader json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        Map<String, String> metadata = Map.of();
        Map<String, String> weightMap = Map.of();
        try {
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case METADATA -> metadata = readMetadata(path, json);
                    case WEIGHT_MAP -> weightMap = readWeightMap(path, json);
                    default -> json.skipValue();
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new IllegalStateException("more than white space follows");
            }
        } catch (WeightFileException e) {
            throw e;
        } catch (IOException | IllegalStateException | JsonParseException e) {
            // Gson's own messages span lines and speak of its settings.
            throw WeightFileException.of(
                    path, "index is not JSON as it must be, at " + json.getPath());
        }
        if (weightMap.isEmpty()) {
            throw WeightFileException.of(path, "index names no tensors in its " + WEIGHT_MAP);
        }
        return new ShardIndex(metadata, weightMap);
    }

    private static Map<String, String> readMetadata(Path path, JsonReader json) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            JsonElement value = JsonParser.parseReader(json);
            if (metadata.put(key, value.toString()) != null) {
                throw WeightFileException.of(path, METADATA + ": \"" + key + "\" is there twice");
            }
        }
        json.endObject();
        metadata.remove(TOTAL_SIZE); // often wrong, and known without it
        return metadata;
    }

    private static Map<String, String> readWeightMap(Path path, JsonReader json)
            throws IOException {
        Map<String, String> weightMap = new LinkedHashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String tensor = json.nextName();
            if (json.peek() != JsonToken.STRING) {
                throw WeightFileException.of(path, tensor, "its file must be a string");
            }
            String file = json.nextString();
            checkName(path, tensor, file);
            if (weightMap.put(tensor, file) != null) {
                throw WeightFileException.of(path, tensor, "is there twice");
            }
        }
        json.endObject();
        return weightMap;
    }

    /** A shard lies beside its index; whoever made the index shall not choose other files. */
    private static void checkName(Path path, String tensor, String file)
            throws WeightFileException {
        String extension = FileFormat.SAFETENSORS.getExtension();
        if (file.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ')
                || !file.endsWith(extension)) {
            throw WeightFileException.of(
                    path,
                    tensor,
                    "file \""
                            + file
                            + "\": must be the name of a "
                            + extension
                            + " file in the folder of the index");
        }
    }

    /** Formats the index of shards that are named after it. */
    static byte[] format(Path index, List<Shard> shards, Map<String, String> metadata) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.beginObject();
            json.name(METADATA).beginObject();
            for (Map.Entry<String, String> entry : metadata.entrySet()) {
                json.name(entry.getKey()).jsonValue(entry.getValue());
            }
            long total = 0;
            for (Shard shard : shards) {
                for (TensorInfo tensor : shard.tensors()) {
                    total += tensor.getByteCount();
                }
            }
            json.name(TOTAL_SIZE).value(total);
            json.endObject();
            json.name(WEIGHT_MAP).beginObject();
            for (int i = 0; i < shards.size(); i++) {
                for (TensorInfo tensor : shards.get(i).tensors()) {
                    json.name(tensor.name()).value(shardName(index, i, shards.size()));
                }
            }
            json.endObject();
            json.endObject();
        } catch (IOException e) {
            throw new AssertionError("text is written to memory", e);
        }
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
