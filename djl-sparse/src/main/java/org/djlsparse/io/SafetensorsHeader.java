package org.djlsparse.io;

import com.google.gson.stream.JsonWriter;

import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file.
 *
 * @param tensors the tensors in the header's order
 * @param begins the first byte of each tensor's data by name, counted from the end of the header
 * @param metadata the file's free text
 */
record SafetensorsHeader(
        List<TensorInfo> tensors, Map<String, Long> begins, Map<String, String> metadata) {

    static final String METADATA = "__metadata__";

    private static final int ALIGNMENT = 8;

    /**
     * Reads and checks a header.
     *
     * @param json the text of the header
     * @param dataBytes the number of bytes after the header
     */
    static SafetensorsHeader parse(String location, InputStream json, long dataBytes)
            throws IOException {
        SafetensorsHeaderParser parser = new SafetensorsHeaderParser(location);
        parser.parse(json);
        List<SafetensorsHeaderParser.Entry> entries = parser.getEntries();
        checkOffsets(location, entries, dataBytes);
        List<TensorInfo> tensors = new ArrayList<>(entries.size());
        for (SafetensorsHeaderParser.Entry entry : entries) {
            tensors.add(entry.tensor());
        }
        return new SafetensorsHeader(
                Collections.unmodifiableList(tensors),
                Collections.unmodifiableMap(parser.getBegins()),
                Collections.unmodifiableMap(parser.getMetadata()));
    }

    /** Checks that the tensors cover the data from its first byte to its last, no byte twice. */
    private static void checkOffsets(
            String location, List<SafetensorsHeaderParser.Entry> entries, long dataBytes)
            throws WeightFileException {
        List<SafetensorsHeaderParser.Entry> sorted = new ArrayList<>(entries);
        sorted.sort(
                Comparator.comparingLong(SafetensorsHeaderParser.Entry::begin)
                        .thenComparingLong(SafetensorsHeaderParser.Entry::end));
        long covered = 0;
        for (SafetensorsHeaderParser.Entry entry : sorted) {
            if (entry.begin() != covered) {
                throw entry.bad(
                        location,
                        entry.begin() < covered
                                ? "overlap another tensor's, which end at " + covered
                                : "leave a hole after byte " + covered);
            }
            if (entry.end() > dataBytes) {
                throw entry.bad(
                        location, "lie past the end: the file ends after " + dataBytes + " bytes");
            }
            covered = entry.end();
        }
        if (covered < dataBytes) {
            throw WeightFileException.of(
                    location,
                    "has " + dataBytes + " bytes of data, but its tensors only " + covered);
        }
    }

    /** Formats the length and the header of a file whose tensors follow one after the other. */
    static byte[] format(List<TensorInfo> tensors, Map<String, String> metadata) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonWriter json =
                new JsonWriter(
                        new BufferedWriter(
                                new OutputStreamWriter(bytes, StandardCharsets.UTF_8)))) {
            json.beginObject();
            if (!metadata.isEmpty()) {
                json.name(METADATA).beginObject();
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.name(entry.getKey()).value(entry.getValue());
                }
                json.endObject();
            }
            long begin = 0;
            for (TensorInfo tensor : tensors) {
                json.name(tensor.name()).beginObject();
                json.name("dtype").value(tensor.typeName());
                json.name("shape").beginArray();
                for (long dimension : tensor.shape()) {
                    json.value(dimension);
                }
                json.endArray();
                long end = Math.addExact(begin, tensor.getByteCount());
                json.name("data_offsets").beginArray().value(begin).value(end).endArray();
                json.endObject();
                begin = end;
            }
            json.endObject();
        } catch (IOException e) {
            throw new AssertionError("text is written to memory", e);
        }
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(' ');
        }
        return ByteBuffer.allocate(SafetensorsFile.LENGTH_BYTES + bytes.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.size())
                .put(bytes.toByteArray())
                .array();
    }
}
