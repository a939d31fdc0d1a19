package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TensorChoiceTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;

    private int length;

    @Test
    void choosesByTypeShapeAndName() throws IOException {
        Map<String, String> reasons =
                reasons(
                        tensors(
                                        tensor("stem.weight", "F32", 4, "32,3,3,3"),
                                        tensor("depthwise.weight", "F32", 4, "32,1,3,3"),
                                        tensor("pointwise.weight", "BF16", 2, "16,32,1,1"),
                                        tensor("pos", "F32", 4, "1,8,8"),
                                        tensor("embed.weight", "F64", 8, "10,8"),
                                        tensor("up.weight", "F16", 2, "8,16,2,2"),
                                        tensor("up.bias", "F16", 2, "16"),
                                        tensor("fc.weight", "F32", 4, "4,4"),
                                        tensor("ids", "I64", 8, "8,8"),
                                        tensor("none", "F32", 4, "0,8"),
                                        tensor("scale", "F32", 4, ""))
                                + "}");

        assertThat(reasons)
                .containsExactly(
                        Map.entry("stem.weight", "3 inputs, fewer than M = 4"),
                        Map.entry("depthwise.weight", "1 inputs, fewer than M = 4"),
                        Map.entry("pointwise.weight", "null"),
                        Map.entry("pos", "1 outputs, fewer than M = 4"),
                        Map.entry("embed.weight", "embedding, by its name"),
                        Map.entry(
                                "up.weight",
                                "its bias is of 16 outputs, not 8: not [out, in, k1, ...], such as"
                                        + " a transposed convolution"),
                        Map.entry(
                                "up.bias",
                                "1 dimension, not [out, in] or [out, in, k1, ...]; never"),
                        Map.entry("fc.weight", "null"),
                        Map.entry(
                                "ids",
                                "data type I64, which is not in [F64, F32, F16, BF16]; never"),
                        Map.entry("none", "0 entries; never"),
                        Map.entry(
                                "scale",
                                "0 dimensions, not [out, in] or [out, in, k1, ...]; never"));
    }

    @Test
    void whatTheModelSaidCountsMoreThanNames() throws IOException {
        String all =
                tensors(
                        tensor("embed_projection", "F32", 4, "8,8"),
                        tensor("position", "F32", 4, "2,8"),
                        tensor("grouped", "F32", 4, "8,4,3"));
        String said =
                "\"__metadata__\":{\"djl-sparse.dense\":"
                        + "\"{\\\"grouped\\\":\\\"grouped convolution (2 groups)\\\"}\"}}";

        assertThat(reasons(all + "," + said))
                .containsExactly(
                        Map.entry("embed_projection", "null"),
                        Map.entry("position", "2 outputs, fewer than M = 4"),
                        Map.entry("grouped", "grouped convolution (2 groups)"));
        assertThat(reasons(all + "}"))
                .containsEntry("embed_projection", "embedding, by its name")
                .containsEntry("position", "table of positions, by its name")
                .containsEntry("grouped", "null");
    }

    @Test
    void eachShardSpeaksOfItsOwnTensors() throws IOException {
        String said = ",\"__metadata__\":{\"djl-sparse.dense\":\"{\\\"b\\\":\\\"why\\\"}\"}}";
        write("1.safetensors", tensors(tensor("a.embed", "F32", 4, "8,8")) + said);
        length = 0;
        write("2.safetensors", tensors(tensor("b", "F32", 4, "8,8")) + "}");
        Path index =
                Files.writeString(
                        folder.resolve("x.safetensors.index.json"),
                        "{\"weight_map\":{\"a.embed\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");

        assertThat(reasonsOf(index))
                .containsExactly(Map.entry("a.embed", "null"), Map.entry("b", "null"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "embedding", "{\\\"a\\\":[1]}", "{\\\"a\\\":null}"})
    void damagedMetadataIsAnError(String value) throws IOException {
        Path file =
                write(
                        "x.safetensors",
                        tensors(tensor("a", "F32", 4, "8,8"))
                                + ",\"__metadata__\":{\"djl-sparse.dense\":\""
                                + value
                                + "\"}}");

        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> reasonsOf(file))
                .withMessage(
                        file
                                + ": __metadata__: \"djl-sparse.dense\" must be a JSON object of"
                                + " texts");
    }

    private Map<String, String> reasons(String header) throws IOException {
        return reasonsOf(write("x.safetensors", header));
    }

    private Path write(String name, String header) throws IOException {
        return Files.write(folder.resolve(name), HandMade.safetensors(header, new byte[length]));
    }

    private static String tensors(String... tensors) {
        return "{" + String.join(",", tensors);
    }

    private String tensor(String name, String type, int bytes, String shape) {
        int begin = length;
        int size = bytes;
        for (String dimension : shape.isEmpty() ? new String[0] : shape.split(",")) {
            size *= Integer.parseInt(dimension);
        }
        length += size;
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                .formatted(name, type, shape, begin, length);
    }

    private static Map<String, String> reasonsOf(Path path) throws IOException {
        Map<String, String> reasons = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(path)) {
            for (TensorChoice choice : TensorChoice.of(file, PATTERN)) {
                assertThat(choice.isChosen()).isEqualTo(choice.reason() == null);
                reasons.put(
                        choice.tensor().name(),
                        choice.reason() + (choice.possible() ? "" : "; never"));
            }
        }
        return reasons;
    }
}
