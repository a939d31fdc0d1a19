package org.djlsparse.io;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The index of a sharded checkpoint, in JSON, as Hugging Face writes it.
 *
 * @param metadata the entries of its metadata without the total size, each as JSON
 * @param weightMap the name of the file of each tensor
 * @param size the number of bytes of the index itself
 */
record ShardIndex(Map<String, String> metadata, Map<String, String> weightMap, long size) {

    /** The name of an index: a stem, the extension and perhaps a variant. */
    static final Pattern NAME =
            Pattern.compile(
                    "(.*)\\.safetensors\\.index(\\..+)?\\.json",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final String METADATA = "metadata";
    private static final String TOTAL_SIZE = "total_size";
    private static final String WEIGHT_MAP = "weight_map";

    /** The limit for a safetensors header. */
    private static final long LONGEST = 100_000_000;

    /**
     * Returns the name of a shard, as Hugging Face forms it from the name of the index: {@code
     * x.fp16-00001-of-00002.safetensors} for {@code x.safetensors.index.fp16.json}.
     */
    static String shardName(String index, int number, int count) {
        Matcher matcher = NAME.matcher(FileFormat.nameOf(index));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(index + ": must have the name of an index");
        }
        String variant = matcher.group(2);
        return String.format(
                Locale.ROOT,
                "%s-%05d-of-%05d%s",
                matcher.group(1) + (variant == null ? "" : variant),
                number + 1,
                count,
                FileFormat.SAFETENSORS.getExtension());
    }

    /** Returns the shards of an index that exist and that no other index beside it names. */
    static Set<Path> ownShards(Path index) throws IOException {
        Set<Path> own = shardsOf(index);
        Path folder = index.toAbsolutePath().getParent();
        if (own.isEmpty() || folder == null) {
            return own;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path other : files.toList()) {
                if (NAME.matcher(FileFormat.nameOf(other)).matches()
                        && !Files.isSameFile(other, index)) {
                    own.removeAll(shardsOf(other));
                }
            }
        }
        return own;
    }

    /** Returns the shards of an index; none if it cannot be read. */
    private static Set<Path> shardsOf(Path index) throws IOException {
        Set<Path> shards = new LinkedHashSet<>();
        if (!Files.isRegularFile(index)) {
            return shards;
        }
        try {
            LocalFile file = new LocalFile(index);
            for (String name : new LinkedHashSet<>(read(file).weightMap.values())) {
                Path shard = file.resolveSibling(name).path().toAbsolutePath();
                if (Files.exists(shard)) {
                    shards.add(shard);
                }
            }
        } catch (WeightFileException e) {
            shards.clear();
        }
        return shards;
    }

    static ShardIndex read(InputFile file) throws IOException {
        try (PositionedReader content = file.open()) {
            GitLfsPointer.refuse(file.getLocation(), content);
            return read(file.getLocation(), content);
        }
    }

    private static ShardIndex read(String location, PositionedReader content) throws IOException {
        long size = content.getLength();
        if (size > LONGEST) {
            throw WeightFileException.of(
                    location, "index of " + size + " bytes: must be at most " + LONGEST);
        }
        String text;
        try {
            text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(PositionedInputStream.readAll(content)))
                            .toString();
        } catch (CharacterCodingException e) {
            throw WeightFileException.of(location, "index is not text in UTF-8", e);
        }
        JsonReader json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        Map<String, String> metadata = Map.of();
        Map<String, String> weightMap = Map.of();
        try {
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case METADATA -> metadata = readMetadata(location, json);
                    case WEIGHT_MAP -> weightMap = readWeightMap(location, json);
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
                    location, "index is not JSON as it must be, at " + json.getPath());
        }
        if (weightMap.isEmpty()) {
            throw WeightFileException.of(location, "index names no tensors in its " + WEIGHT_MAP);
        }
        return new ShardIndex(metadata, weightMap, size);
    }

    private static Map<String, String> readMetadata(String location, JsonReader json)
            throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return metadata;
        }
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            String value = JsonParser.parseReader(json).toString();
            if (!UnicodeText.isValid(key) || !UnicodeText.isValid(value)) {
                throw WeightFileException.of(
                        location, METADATA + ": \"" + key + "\" is not valid Unicode");
            }
            if (metadata.put(key, value) != null) {
                throw WeightFileException.of(
                        location, METADATA + ": \"" + key + "\" appears twice");
            }
        }
        json.endObject();
        metadata.remove(TOTAL_SIZE); // often wrong, and known without it
        return metadata;
    }

    private static Map<String, String> readWeightMap(String location, JsonReader json)
            throws IOException {
        Map<String, String> weightMap = new LinkedHashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String tensor = json.nextName();
            if (json.peek() != JsonToken.STRING) {
                throw WeightFileException.of(location, tensor, "its file must be a string");
            }
            String file = json.nextString();
            checkName(location, tensor, file);
            if (weightMap.put(tensor, file) != null) {
                throw WeightFileException.of(location, tensor, "appears twice");
            }
        }
        json.endObject();
        return weightMap;
    }

    /** Checks that a shard lies beside its index or below, so that an index cannot name others. */
    private static void checkName(String location, String tensor, String file)
            throws WeightFileException {
        String extension = FileFormat.SAFETENSORS.getExtension();
        if (file.chars().anyMatch(c -> c == '\\' || c == ':' || c < ' ')
                || !file.endsWith(extension)
                || !Stream.of(file.split("/", -1)).allMatch(ShardIndex::isBelow)) {
            throw WeightFileException.of(
                    location,
                    tensor,
                    "file \""
                            + file
                            + "\": must be a "
                            + extension
                            + " file in the folder of the index, or in one below");
        }
    }

    private static boolean isBelow(String folder) {
        return !folder.isEmpty() && !folder.equals(".") && !folder.equals("..");
    }

    /** Formats the index of shards that are named after it. */
    static byte[] format(String index, List<Shard> shards, Map<String, String> metadata) {
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
