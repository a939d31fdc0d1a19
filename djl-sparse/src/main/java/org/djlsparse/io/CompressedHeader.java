package org.djlsparse.io;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.djlsparse.internal.text.PrefixedKeys;
import org.djlsparse.mask.NmPattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The metadata of a compressed file.
 *
 * @param metadata the metadata of the file that was compressed
 * @param shards the shards of the file that was compressed; empty if it was a single file
 * @param tensors how the tensors are stored
 */
record CompressedHeader(
        Map<String, String> metadata, List<Shard> shards, List<StoredTensor> tensors) {

    static final String VERSION_KEY = "djl-sparse.compressed";
    static final String VERSION = "1";
    static final String CHECKSUM = "djl-sparse.sha256";

    private static final String TENSOR = "tensor.";
    private static final String METADATA = "metadata.";
    private static final String SHARDS = "shards";
    private static final String SHARD = "shard.";
    private static final Pattern TENSOR_TEXT =
            Pattern.compile("(F64|F32|F16|BF16) (\\d+(?:x\\d+)+) (\\d+:\\d+) (inputs|both)");

    /** Returns whether a safetensors file is a compressed one. */
    static boolean isCompressed(SafetensorsFile file) {
        return file.getMetadata().containsKey(VERSION_KEY);
    }

    /** Checks a file without a version. Checksums in it show that its metadata is damaged. */
    static void checkPlain(SafetensorsFile file) throws WeightFileException {
        List<TensorInfo> tensors = file.getTensors();
        if (tensors.isEmpty()) {
            return;
        }
        TensorInfo last = tensors.get(tensors.size() - 1);
        if (last.name().equals(CHECKSUM) && last.shape().length == 2) {
            throw WeightFileException.of(
                    file.getLocation(),
                    "has the checksums of a compressed file, but its metadata lacks \""
                            + VERSION_KEY
                            + "\"");
        }
    }

    /** The tensors of the safetensors file, without the checksums. */
    List<TensorInfo> parts() {
        return tensors.stream().flatMap(tensor -> tensor.getParts().stream()).toList();
    }

    /** Formats the metadata of the safetensors file. */
    Map<String, String> format() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(VERSION_KEY, VERSION);
        for (StoredTensor tensor : tensors) {
            if (tensor.pattern() != null) {
                all.put(TENSOR + tensor.tensor().name(), format(tensor, tensor.pattern()));
            }
        }
        metadata.forEach((key, value) -> all.put(METADATA + key, value));
        if (!shards.isEmpty()) {
            all.put(
                    SHARDS,
                    shards.stream()
                            .map(shard -> String.valueOf(shard.tensors().size()))
                            .collect(Collectors.joining(",")));
            for (int i = 0; i < shards.size(); i++) {
                String prefix = SHARD + i + ".";
                shards.get(i).metadata().forEach((key, value) -> all.put(prefix + key, value));
            }
        }
        return all;
    }

    private static String format(StoredTensor tensor, NmPattern pattern) {
        String shape =
                LongStream.of(tensor.tensor().shape())
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining("x"));
        return tensor.tensor().type()
                + " "
                + shape
                + " "
                + pattern
                + " "
                + (tensor.bothWays() ? "both" : "inputs");
    }

    /**
     * Reads the metadata of a safetensors file.
     *
     * @param metadata the metadata
     * @param stored the file's tensors, without the checksums
     */
    static CompressedHeader parse(
            String location, Map<String, String> metadata, List<TensorInfo> stored)
            throws WeightFileException {
        List<StoredTensor> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < stored.size(); i += tensors.get(tensors.size() - 1).getParts().size()) {
            StoredTensor tensor = parseTensor(location, metadata, stored.subList(i, stored.size()));
            tensors.add(tensor);
            if (!names.add(tensor.tensor().name())) {
                throw WeightFileException.of(location, tensor.tensor().name(), "appears twice");
            }
        }
        Map<String, String> own = PrefixedKeys.select(metadata, METADATA);
        List<Shard> shards = parseShards(location, metadata, tensors);
        if (!shards.isEmpty()) {
            checkJson(location, own);
        }
        CompressedHeader header = new CompressedHeader(own, shards, tensors);
        Set<String> known = header.format().keySet();
        for (String key : metadata.keySet()) {
            if (!known.contains(key)) {
                throw WeightFileException.of(location, "__metadata__: \"" + key + "\" is unknown");
            }
        }
        return header;
    }

    /** Reads how a tensor is stored, from its first part on. */
    private static StoredTensor parseTensor(
            String location, Map<String, String> metadata, List<TensorInfo> stored)
            throws WeightFileException {
        TensorInfo first = stored.get(0);
        String name = first.name();
        if (!name.endsWith(StoredTensor.VALUES)) {
            return StoredTensor.dense(first);
        }
        String original = name.substring(0, name.length() - StoredTensor.VALUES.length());
        String text = metadata.get(TENSOR + original);
        if (text == null) {
            return StoredTensor.dense(first);
        }
        Matcher matcher = TENSOR_TEXT.matcher(text);
        try {
            if (matcher.matches()) {
                long[] shape =
                        Arrays.stream(matcher.group(2).split("x", -1))
                                .mapToLong(Long::parseLong)
                                .toArray();
                NmPattern pattern = NmPattern.parse(matcher.group(3));
                StoredTensor tensor =
                        new StoredTensor(
                                TensorInfo.of(
                                        original, ElementType.valueOf(matcher.group(1)), shape),
                                pattern,
                                matcher.group(4).equals("both"));
                if (format(tensor, pattern).equals(text) && isSmallEnough(tensor, pattern)) {
                    checkParts(location, tensor, stored);
                    return tensor;
                }
            }
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(location, original, String.valueOf(e.getMessage()));
        }
        throw WeightFileException.of(
                location,
                original,
                "metadata \""
                        + text
                        + "\": must be like \"F32 64x32 2:4 inputs\", not empty, with"
                        + " rows of at most "
                        + CompressedLayout.LARGEST_ROW
                        + " bytes");
    }

    private static boolean isSmallEnough(StoredTensor tensor, NmPattern pattern) {
        if (tensor.tensor().getCount() == 0) {
            return false;
        }
        CompressedLayout layout = CompressedLayout.of(tensor.tensor(), pattern);
        return layout.hasShortRows() && (!tensor.bothWays() || layout.transposed().hasShortRows());
    }

    private static void checkParts(String location, StoredTensor tensor, List<TensorInfo> stored)
            throws WeightFileException {
        List<TensorInfo> parts = tensor.getParts();
        for (int i = 0; i < parts.size(); i++) {
            TensorInfo part = parts.get(i);
            if (i == stored.size()
                    || !stored.get(i).name().equals(part.name())
                    || stored.get(i).type() != part.type()
                    || !Arrays.equals(stored.get(i).shape(), part.shape())) {
                throw WeightFileException.of(
                        location,
                        tensor.tensor().name(),
                        "its part \""
                                + part.name()
                                + "\" must be there, "
                                + part.type()
                                + " of shape "
                                + Arrays.toString(part.shape()));
            }
        }
    }

    private static List<Shard> parseShards(
            String location, Map<String, String> metadata, List<StoredTensor> tensors)
            throws WeightFileException {
        String text = metadata.get(SHARDS);
        if (text == null) {
            return List.of();
        }
        List<Shard> shards = new ArrayList<>();
        int next = 0;
        for (String number : text.split(",", -1)) {
            int left = tensors.size() - next;
            int size = number.matches("[1-9]\\d{0,8}") ? Integer.parseInt(number) : 0;
            if (size < 1 || size > left) {
                throw WeightFileException.of(
                        location,
                        "__metadata__: shards \"" + text + "\": " + number + " of " + left);
            }
            shards.add(
                    new Shard(
                            tensors.subList(next, next + size).stream()
                                    .map(StoredTensor::tensor)
                                    .toList(),
                            PrefixedKeys.select(metadata, SHARD + shards.size() + ".")));
            next += size;
        }
        if (next < tensors.size()) {
            throw WeightFileException.of(
                    location,
                    "__metadata__: shards \"" + text + "\": must sum up to " + tensors.size());
        }
        return shards;
    }

    /** Checks the metadata of an index, whose values are any JSON. */
    private static void checkJson(String location, Map<String, String> metadata)
            throws WeightFileException {
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            String json;
            try {
                json = JsonParser.parseString(entry.getValue()).toString();
            } catch (JsonParseException e) {
                json = "";
            }
            if (!json.equals(entry.getValue())) {
                throw WeightFileException.of(
                        location,
                        "__metadata__: \"" + METADATA + entry.getKey() + "\" must be JSON");
            }
        }
    }
}
