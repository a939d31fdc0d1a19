package org.djlsparse.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the JSON of a safetensors header. It takes no key twice, which Gson's own trees would. */
final class SafetensorsHeaderParser {

    private static final long[] NONE = {};

    private final Path path;
    private final String text;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    SafetensorsHeaderParser(Path path, String text) {
        this.path = path;
        this.text = text;
    }

    /**
     * A tensor and the bytes that it takes.
     *
     * @param tensor the tensor
     * @param begin the first byte, counted from the end of the header
     * @param end the byte after the last
     */
    record Entry(TensorInfo tensor, long begin, long end) {

        WeightFileException bad(Path path, String what) {
            return WeightFileException.of(
                    path, tensor.name(), "data_offsets [" + begin + ", " + end + "] " + what);
        }
    }

    List<Entry> getEntries() {
        return entries;
    }

    Map<String, String> getMetadata() {
        return metadata;
    }

    void parse() throws WeightFileException {
        if (!text.startsWith("{")) {
            throw WeightFileException.of(path, "header must begin with {");
        }
        JsonReader json = new JsonReader(new StringReader(text));
        json.setStrictness(Strictness.STRICT);
        try {
            Set<String> names = new HashSet<>();
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
                    throw WeightFileException.of(path, name, "name is not valid Unicode");
                }
                if (!names.add(name)) {
                    throw WeightFileException.of(path, name, "is there twice");
                }
                if (name.equals(SafetensorsHeader.METADATA)) {
                    readMetadata(json);
                } else {
                    entries.add(readTensor(json, name));
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new IllegalStateException("more than white space follows");
            }
        } catch (WeightFileException e) {
            throw e;
        } catch (IOException | IllegalStateException e) {
            // Gson's own messages span lines and speak of its settings.
            throw WeightFileException.of(
                    path, "header is not JSON as it must be, at " + json.getPath());
        }
    }

    private void readMetadata(JsonReader json) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            if (json.peek() != JsonToken.STRING) {
                throw WeightFileException.of(
                        path, "__metadata__: the value of \"" + key + "\" must be a string");
            }
            if (metadata.put(key, json.nextString()) != null) {
                throw WeightFileException.of(path, "__metadata__: \"" + key + "\" is there twice");
            }
        }
        json.endObject();
    }

    private Entry readTensor(JsonReader json, String name) throws IOException {
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw WeightFileException.of(path, name, "must be a JSON object");
        }
        Set<String> keys = new HashSet<>();
        ElementType type = null;
        long[] shape = null;
        long[] offsets = NONE;
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            if (!keys.add(key)) {
                throw WeightFileException.of(path, name, key + " is there twice");
            }
            switch (key) {
                case "dtype" -> type = readType(json, name);
                case "shape" -> shape = readNumbers(json, name, key);
                case "data_offsets" -> offsets = readNumbers(json, name, key);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return entry(name, type, shape, offsets);
    }

    private Entry entry(
            String name, @Nullable ElementType type, long @Nullable [] shape, long[] offsets)
            throws WeightFileException {
        if (type == null || shape == null || offsets.length != 2) {
            throw WeightFileException.of(
                    path, name, "must have a dtype, a shape and data_offsets of two numbers");
        }
        TensorInfo tensor;
        try {
            tensor = new TensorInfo(name, type, ByteOrder.LITTLE_ENDIAN, shape);
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(path, name, String.valueOf(e.getMessage()));
        }
        Entry entry = new Entry(tensor, offsets[0], offsets[1]);
        if (entry.begin < 0 || entry.end < entry.begin) {
            throw entry.bad(path, "must not be negative, nor the second below the first");
        }
        if (entry.end - entry.begin != tensor.getByteCount()) {
            throw entry.bad(
                    path,
                    "hold "
                            + (entry.end - entry.begin)
                            + " bytes, must hold "
                            + tensor.getByteCount()
                            + " for "
                            + type
                            + " of shape "
                            + Arrays.toString(shape));
        }
        return entry;
    }

    private ElementType readType(JsonReader json, String name) throws IOException {
        String value = json.peek() == JsonToken.STRING ? json.nextString() : json.peek().toString();
        for (ElementType type : ElementType.values()) {
            if (type.name().equals(value)) {
                return type;
            }
        }
        throw WeightFileException.of(
                path,
                name,
                "dtype " + value + ": must be one of " + Arrays.toString(ElementType.values()));
    }

    private long[] readNumbers(JsonReader json, String name, String key) throws IOException {
        List<Long> numbers = new ArrayList<>();
        if (json.peek() != JsonToken.BEGIN_ARRAY) {
            throw WeightFileException.of(path, name, key + " must be a list");
        }
        json.beginArray();
        while (json.hasNext()) {
            // Gson's nextLong would also take "7" and 7.0.
            String number =
                    json.peek() == JsonToken.NUMBER ? json.nextString() : json.peek().toString();
            try {
                numbers.add(Long.parseLong(number));
            } catch (NumberFormatException e) {
                throw WeightFileException.of(
                        path, name, key + " has " + number + ": must be a whole number below 2^63");
            }
        }
        json.endArray();
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }
}
