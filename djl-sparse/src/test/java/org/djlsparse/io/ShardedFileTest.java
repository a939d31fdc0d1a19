package org.djlsparse.io;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ShardedFileTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final TensorInfo A = TensorInfo.of("a", ElementType.F32, 8, 8);
    private static final TensorInfo B = TensorInfo.of("b", ElementType.I64, 3);
    private static final TensorInfo C = TensorInfo.of("c", ElementType.BF16, 8, 12);

    @TempDir Path folder;

    private Path index;
    private byte[] a;
    private byte[] b;
    private byte[] c;

    /** As other programs name them, which is not as this one does. */
    @BeforeEach
    void writeShards() throws IOException {
        Random random = new Random(1);
        a = SparseTensors.bothWays(A, PATTERN, random);
        b = new byte[24];
        random.nextBytes(b);
        c = SparseTensors.bothWays(C, PATTERN, random);
        Map<TensorInfo, byte[]> second = new LinkedHashMap<>();
        second.put(B, b);
        second.put(C, c);
        SparseTensors.write(
                folder.resolve("x-1.safetensors"), Map.of("format", "pt"), Map.of(A, a));
        SparseTensors.write(folder.resolve("x-2.safetensors"), Map.of("k", "v"), second);
        index =
                writeIndex(
                        """
                        {"metadata": {"total_size": 472, "parts": [1, "x"], "z": 1.0},
                         "weight_map": {"a": "x-1.safetensors", "c": "x-2.safetensors",
                                        "b": "x-2.safetensors"}}
                        """);
    }

    private Path writeIndex(String text) throws IOException {
        return Files.writeString(folder.resolve("model.safetensors.index.json"), text);
    }

    @Test
    void readsAllShardsAsOne() throws IOException {
        try (WeightFile file = WeightFile.open(index)) {
            assertThat(file.getTensors().stream().map(TensorInfo::name))
                    .containsExactly("a", "b", "c");
            assertThat(file.getMetadata()).isEqualTo(Map.of("parts", "[1,\"x\"]", "z", "1.0"));
            assertThat(file.getShards()).hasSize(2);
            assertThat(file.getShards().get(1).metadata()).isEqualTo(Map.of("k", "v"));
            assertThat(SparseTensors.read(file, A)).isEqualTo(a);
            assertThat(SparseTensors.read(file, B)).isEqualTo(b);
            assertThat(SparseTensors.read(file, C)).isEqualTo(c);
        }
    }

    @Test
    void writesShardsAndTheirIndex() throws IOException {
        Path out = folder.resolve("new.safetensors.index.json");
        try (WeightFile file = WeightFile.open(index)) {
            copy(file, out);
        }
        assertIsCopy(out, "new");
    }

    /** One file holds all that is needed to make the shards again. */
    @Test
    void comesBackFromACompressedFile() throws IOException {
        Path compressed = folder.resolve("all.safetensors");
        CompressionResult compression = SparseTensors.compress(index, compressed, PATTERN, true);
        assertThat(compression.reasons())
                .isEqualTo(Map.of("b", "data type I64, which is not in [F64, F32, F16, BF16]"));
        Path out = folder.resolve("again.safetensors.index.json");
        Path single = folder.resolve("single.safetensors");
        try (WeightFile file = WeightFile.open(compressed)) {
            copy(file, out);
            copy(file, single);
        }
        assertIsCopy(out, "again");
        try (WeightFile file = WeightFile.open(single)) {
            assertThat(file.getMetadata()).isEqualTo(Map.of("format", "pt", "k", "v"));
            assertThat(SparseTensors.read(file, C)).isEqualTo(c);
        }
    }

    private static void copy(WeightFile file, Path out) throws IOException {
        try (WeightFileWriter writer = WeightFileWriter.createLike(out, file)) {
            for (TensorInfo tensor : file.getTensors()) {
                byte[] bytes = SparseTensors.read(file, tensor);
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            assertThat(out).doesNotExist();
            writer.replace();
        }
    }

    private void assertIsCopy(Path out, String stem) throws IOException {
        assertThat(SparseTensors.read(out.resolveSibling(stem + "-00001-of-00002.safetensors")))
                .containsOnlyKeys("a F32 [8, 8]");
        JsonObject json = JsonParser.parseString(Files.readString(out)).getAsJsonObject();
        assertThat(json.getAsJsonObject("metadata"))
                .isEqualTo(
                        JsonParser.parseString(
                                "{\"parts\":[1,\"x\"],\"z\":1.0,\"total_size\":472}"));
        assertThat(json.getAsJsonObject("weight_map").get("c").getAsString())
                .isEqualTo(stem + "-00002-of-00002.safetensors");
        try (WeightFile one = WeightFile.open(index);
                WeightFile other = WeightFile.open(out)) {
            assertThat(other.getMetadata()).isEqualTo(one.getMetadata());
            for (int i = 0; i < 2; i++) {
                assertThat(other.getShards().get(i).metadata())
                        .isEqualTo(one.getShards().get(i).metadata());
            }
        }
        Map<String, byte[]> actual = SparseTensors.read(out);
        SparseTensors.read(index)
                .forEach((name, bytes) -> assertThat(actual.get(name)).isEqualTo(bytes));
        try (var files = Files.list(folder)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a': 'no.safetensors'} | shard no.safetensors: no such file",
                "{'a': 'x-1.safetensors', 'd': 'x-1.safetensors'}"
                        + " | tensor 'd': is not in shard x-1.safetensors, as the index says",
                "{'b': 'x-2.safetensors'}"
                        + " | tensor 'c': is in shard x-2.safetensors, but the index lacks it",
                "{'a': 'x-1.safetensors', 'b': 'x-1.safetensors', 'c': 'x-2.safetensors'}"
                        + " | 'b': is in shard x-2.safetensors, but the index says x-1.safetensors",
                "{'a': '../x-1.safetensors'} | file '../x-1.safetensors': must be the name of a"
                        + " .safetensors file in the folder of the index",
                "{'a': '/x-1.safetensors'} | must be the name of a .safetensors file",
                "{'a': 's\\\\x-1.safetensors'} | must be the name of a .safetensors file",
                "{'a': 'x.bin'} | must be the name of a .safetensors file",
                "{'a': 3} | tensor 'a': its file must be a string",
                "{'a': 'x-1.safetensors', 'a': 'x-1.safetensors'} | tensor 'a': is there twice",
                "{} | names no tensors in its weight_map",
                "[] | index is not JSON as it must be",
                "{}} {} | index is not JSON as it must be",
                "{'a': 'x-1.safetensors' | index is not JSON as it must be",
            })
    void refusesAnIndexThatIsWrong(String weightMap, String message) throws IOException {
        Path wrong = writeIndex(("{'weight_map': " + weightMap + "}").replace('\'', '"'));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(wrong))
                .withMessageContaining(message.replace('\'', '"'))
                .withMessageStartingWith(wrong.toString());
    }

    @Test
    void refusesATensorInTwoShards() throws IOException {
        SparseTensors.write(folder.resolve("x-3.safetensors"), Map.of(), Map.of(B, b));
        Path wrong =
                writeIndex(
                        "{\"weight_map\": {\"b\": \"x-3.safetensors\", \"c\":"
                                + " \"x-2.safetensors\"}}");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(wrong))
                .withMessageContaining("tensor \"b\": is in shard x-2.safetensors, but the index");
    }

    @Test
    void refusesACompressedShard() throws IOException {
        SparseTensors.compress(
                folder.resolve("x-1.safetensors"),
                folder.resolve("x-1.safetensors"),
                PATTERN,
                false);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(index))
                .withMessageEndingWith(
                        "shard x-1.safetensors is a compressed file: must be a plain one");
    }

    /** A shard that cannot be written leaves all that was there. */
    @Test
    void replacesNothingUnlessAllIsThere() throws IOException {
        Path out = folder.resolve("new.safetensors.index.json");
        Files.createDirectory(folder.resolve("new-00002-of-00002.safetensors"));
        try (WeightFile file = WeightFile.open(index)) {
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> copy(file, out))
                    .withMessageContaining("is a folder");
        }
        assertThat(out).doesNotExist();
        assertThat(folder.resolve("new-00001-of-00002.safetensors")).doesNotExist();
        try (var files = Files.list(folder)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
        }
    }
}
