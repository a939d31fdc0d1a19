package org.djlsparse.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the JSON of a safetensors header. Unlike Gson's own trees, it refuses a key twice. */
final class SafetensorsHeaderParser {

    private final String location;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, Long> begins = new HashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    SafetensorsHeaderParser(String location) {
        this.location = location;
    }

    /**
     * A tensor and the bytes that it takes.
     *
     * @param tensor the tensor
     * @param begin the first byte, counted from the end of the header
     * @param end the byte after the last
     */
    record Entry(TensorInfo tensor, long begin, long end) {

        WeightFileException bad(String location, String what) {
            return WeightFileException.of(
                    location, tensor.name(), "data_offsets [" + begin + ", " + end + "] " + what);
        }
    }

    List<Entry> getEntries() {
        return entries;
    }

    /** The first byte of each tensor, by name. */
    Map<String, Long> getBegins() {
        return begins;
    }

    Map<String, String> getMetadata() {
        return metadata;
    }

    /** Reads the header from its first byte on. It may be too long for a string. */
    void parse(InputStream header) throws IOException {
        PushbackInputStream in = new PushbackInputStream(header);
        int first = in.read();
        if (first != '{') {
            throw WeightFileException.of(location, "header must begin with {");
        }
        in.unread(first);
        JsonReader json =
                new JsonReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
        json.setStrictness(Strictness.STRICT);
        try {
            boolean metadataRead = false;
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                checkUnicode(name, "name", name);
                boolean isMetadata = name.equals(SafetensorsHeader.METADATA);
                if (isMetadata ? metadataRead : begins.containsKey(name)) {
                    throw WeightFileException.of(location, name, "appears twice");
                }
                if (isMetadata) {
                    readMetadata(json);
                    metadataRead = true;
                } else {
                    Entry entry = readTensor(json, name);
                    entries.add(entry);
                    begins.put(name, entry.begin());
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new IllegalStateException("more than white space follows");
            }
        } catch (WeightFileException e) {
            throw e;
        } catch (CharacterCodingException e) {
            throw WeightFileException.of(location, "header is not text in UTF-8", e);
        } catch (IOException | IllegalStateException e) {
            // Gson's own messages span lines and speak of its settings.
            throw WeightFileException.of(
                    location, "header is not JSON as it must be, at " + json.getPath());
        }
    }

    private void readMetadata(JsonReader json) throws IOException {
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return;
        }
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            if (json.peek() != JsonToken.STRING) {
                throw WeightFileException.of(
                        location, "__metadata__: the value of \"" + key + "\" must be a string");
            }
            String value = json.nextString();
            if (!UnicodeText.isValid(key) || !UnicodeText.isValid(value)) {
                throw WeightFileException.of(
                        location, "__metadata__: \"" + key + "\" is not valid Unicode");
            }
            if (metadata.put(key, value) != null) {
                throw WeightFileException.of(
                        location, "__metadata__: \"" + key + "\" appears twice");
            }
        }
        json.endObject();
    }

    private Entry readTensor(JsonReader json, String name) throws IOException {
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw WeightFileException.of(location, name, "must be a JSON object");
        }
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            switch (key) {
                case "dtype" -> {
                    checkNew(name, key, type);
                    type = readType(json, name);
                }
                case "shape" -> {
                    checkNew(name, key, shape);
                    shape = readNumbers(json, name, key);
                }
                case "data_offsets" -> {
                    checkNew(name, key, offsets);
                    offsets = readNumbers(json, name, key);
                }
                default -> json.skipValue();
            }
        }
        json.endObject();
        if (type == null || shape == null || offsets == null || offsets.length != 2) {
            throw WeightFileException.of(
                    location, name, "must have a dtype, a shape and data_offsets of two numbers");
        }
        return entry(name, type, shape, offsets[0], offsets[1]);
    }

    private void checkNew(String name, String key, @Nullable Object earlier)
            throws WeightFileException {
        if (earlier != null) {
            throw WeightFileException.of(location, name, key + " appears twice");
        }
    }

    private Entry entry(String name, String typeName, long[] shape, long begin, long end)
            throws WeightFileException {
        long bytes = end - begin;
        boolean backwards = begin < 0 || end < begin;
        ElementType type = ElementType.ofSafetensors(typeName);
        TensorInfo tensor;
        try {
            tensor =
                    type == ElementType.OPAQUE
                            ? TensorInfo.opaque(name, type, typeName, backwards ? 0 : bytes, shape)
                            : TensorInfo.of(name, type, shape);
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(location, name, String.valueOf(e.getMessage()));
        }
        Entry entry = new Entry(tensor, begin, end);
        if (backwards) {
            throw entry.bad(location, "must not be negative, nor the second below the first");
        }
        if (bytes != tensor.getByteCount()) {
            throw wrongSize(entry, String.valueOf(tensor.getByteCount()));
        }
        // Nothing else can be checked for an unknown type.
        if ((bytes == 0) != (tensor.getCount() == 0)) {
            throw wrongSize(entry, bytes > 0 ? "none" : "some");
        }
        return entry;
    }

    private WeightFileException wrongSize(Entry entry, String expected) {
        return entry.bad(
                location,
                "hold "
                        + (entry.end - entry.begin)
                        + " bytes, must hold "
                        + expected
                        + " for "
                        + entry.tensor.typeName()
                        + " of shape "
                        + Arrays.toString(entry.tensor.shape()));
    }

    private String readType(JsonReader json, String name) throws IOException {
        if (json.peek() != JsonToken.STRING) {
            throw WeightFileException.of(
                    location, name, "dtype is a " + json.peek() + ": must be a string");
        }
        String type = json.nextString();
        checkUnicode(name, "dtype", type);
        return type;
    }

    private void checkUnicode(String name, String what, String text) throws WeightFileException {
        if (!UnicodeText.isValid(text)) {
            throw WeightFileException.of(location, name, what + " is not valid Unicode");
        }
    }

    private long[] readNumbers(JsonReader json, String name, String key) throws IOException {
        if (json.peek() != JsonToken.BEGIN_ARRAY) {
            throw WeightFileException.of(location, name, key + " must be a list");
        }
        long[] numbers = new long[4];
        int count = 0;
        json.beginArray();
        while (json.hasNext()) {
            // Gson's nextLong would also take "7" and 7.0.
            String number =
                    json.peek() == JsonToken.NUMBER ? json.nextString() : json.peek().toString();
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            try {
                numbers[count++] = Long.parseLong(number);
            } catch (NumberFormatException e) {
                throw WeightFileException.of(
                        location,
                        name,
                        key + " has " + number + ": must be a whole number below 2^63");
            }
        }
        json.endArray();
        return Arrays.copyOf(numbers, count);
    }
}
