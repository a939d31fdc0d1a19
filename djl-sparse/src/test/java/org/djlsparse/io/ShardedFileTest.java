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
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

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

    /** Shards with the names of other programs. */
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
            SparseTensors.copy(file, writer);
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
                "{'a': 'x-1.safetensors', 'b': 'x-1.safetensors', 'c': 'x-2.safetensors'}"
                        + " | tensor 'b': is not in shard x-1.safetensors, as the index says",
                "{'a': '../x-1.safetensors'} | file '../x-1.safetensors': must be a .safetensors"
                        + " file in the folder of the index, or in one below",
                "{'a': 's/../../x-1.safetensors'} | must be a .safetensors file in the folder",
                "{'a': './x-1.safetensors'} | must be a .safetensors file in the folder",
                "{'a': 's//x-1.safetensors'} | must be a .safetensors file in the folder",
                "{'a': '/x-1.safetensors'} | must be a .safetensors file in the folder",
                "{'a': 'C:/x-1.safetensors'} | must be a .safetensors file in the folder",
                "{'a': 's\\\\x-1.safetensors'} | must be a .safetensors file in the folder",
                "{'a': 'x.bin'} | must be a .safetensors file in the folder",
                "null | index is not JSON as it must be",
                "{'a': 3} | tensor 'a': its file must be a string",
                "{'a': 'x-1.safetensors', 'a': 'x-1.safetensors'} | tensor 'a': appears twice",
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

    /** Tensor b is in two shards, and nobody names c. */
    @Test
    void theIndexDecidesWhereATensorIs() throws IOException {
        byte[] other = new byte[24];
        other[5] = 1;
        SparseTensors.write(folder.resolve("x-3.safetensors"), Map.of(), Map.of(B, other));
        Path odd =
                writeIndex(
                        "{\"weight_map\": {\"d\": \"y.safetensors\", \"b\": \"x-3.safetensors\","
                                + " \"a\": \"x-1.safetensors\"}}");
        SparseTensors.write(
                folder.resolve("y.safetensors"),
                Map.of("format", "pt"),
                Map.of(B, b, TensorInfo.of("d", ElementType.U8), new byte[1]));
        try (WeightFile file = WeightFile.open(odd)) {
            assertThat(file.getTensors().stream().map(TensorInfo::name))
                    .containsExactly("d", "b", "a");
            assertThat(SparseTensors.read(file, B)).isEqualTo(other);
            assertThat(file.getShards().get(0).tensors()).hasSize(1);
            assertThat(file.getWarnings())
                    .containsExactly(
                            odd
                                    + ": shard y.safetensors: left out, which the index has"
                                    + " elsewhere: \"b\"");
        }
        Path less = writeIndex("{\"weight_map\": {\"c\": \"x-2.safetensors\"}}");
        try (WeightFile file = WeightFile.open(less)) {
            assertThat(file.getTensors()).containsExactly(C);
            assertThat(SparseTensors.read(file, C)).isEqualTo(c);
            assertThat(file.getWarnings())
                    .containsExactly(
                            less
                                    + ": shard x-2.safetensors: left out, which the index does not"
                                    + " name: \"b\"");
        }
        assertThat(index).isEqualTo(less);
    }

    @Test
    void metadataThatIsNullIsNone() throws IOException {
        Files.write(
                folder.resolve("n.safetensors"),
                HandMade.safetensors(
                        "{\"__metadata__\":null,"
                                + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                        (byte) 7));
        Path none = writeIndex("{\"metadata\": null, \"weight_map\": {\"a\": \"n.safetensors\"}}");
        try (WeightFile file = WeightFile.open(none)) {
            assertThat(file.getMetadata()).isEmpty();
            assertThat(file.getWarnings()).isEmpty();
            assertThat(file.getShards().get(0).metadata()).isEmpty();
            assertThat(SparseTensors.read(file, file.getTensors().get(0))).containsExactly(7);
        }
    }

    @Test
    void shardsMayLieInFoldersBelow() throws IOException {
        Path below = Files.createDirectories(folder.resolve("s/t"));
        Files.move(folder.resolve("x-1.safetensors"), below.resolve("x-1.safetensors"));
        Path odd =
                writeIndex(
                        Files.readString(index).replace("x-1.safetensors", "s/t/x-1.safetensors"));
        try (WeightFile file = WeightFile.open(odd)) {
            assertThat(SparseTensors.read(file, A)).isEqualTo(a);
        }
        Path out = folder.resolve("new.safetensors.index.json");
        try (WeightFile file = WeightFile.open(odd)) {
            copy(file, out);
        }
        assertIsCopy(out, "new");
        assertThat(below.resolve("x-1.safetensors")).exists();
    }

    @Test
    void anIndexMayBeOfAVariant() throws IOException {
        Path fp16 = folder.resolve("Model.safetensors.index.fp16.json");
        Files.move(index, fp16);
        Path out = folder.resolve("new.safetensors.index.fp16.json");
        try (WeightFile file = WeightFile.open(fp16)) {
            copy(file, out);
            index = fp16;
        }
        assertIsCopy(out, "new.fp16");
        assertThat(FileFormat.of(folder.resolve("X.SAFETENSORS.INDEX.FP16.JSON")))
                .isEqualTo(FileFormat.SHARDED);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> FileFormat.of(folder.resolve("x.safetensors.indexfp16.json")));
    }

    /** A loader that takes all files of the folder would find each tensor twice. */
    @Test
    void inPlaceTheOldShardsGo() throws IOException {
        Map<String, byte[]> expected = SparseTensors.read(index);
        writeInPlace(index, () -> {});
        assertThat(SparseTensors.read(index))
                .hasSameSizeAs(expected)
                .allSatisfy((name, bytes) -> assertThat(bytes).isEqualTo(expected.get(name)));
        assertThat(names())
                .containsExactlyInAnyOrder(
                        "model.safetensors.index.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors");
        writeInPlace(index, () -> {}); // the same names
        assertThat(names()).hasSize(3);
        assertThat(SparseTensors.read(index)).hasSameSizeAs(expected);
    }

    @Test
    void inPlaceAShardOfAnotherIndexStays() throws IOException {
        Files.writeString(
                folder.resolve("other.safetensors.index.fp16.json"),
                "{\"weight_map\": {\"a\": \"x-1.safetensors\"}}");
        writeInPlace(index, () -> {});
        assertThat(names()).contains("x-1.safetensors").doesNotContain("x-2.safetensors");
    }

    /** The second shard finds a folder in its place, when the first is in its own. */
    @Test
    void inPlaceNothingIsLostOnFailure() throws IOException {
        Map<String, byte[]> expected = SparseTensors.read(index);
        String text = Files.readString(index);
        Path second = folder.resolve("model-00002-of-00002.safetensors");
        assertThatIOException()
                .isThrownBy(() -> writeInPlace(index, () -> Files.createDirectory(second)))
                .withMessageContaining(second + ": cannot be written");
        Files.delete(second);
        assertThat(names())
                .containsExactlyInAnyOrder(
                        "model.safetensors.index.json", "x-1.safetensors", "x-2.safetensors");
        assertThat(index).hasContent(text);
        assertThat(SparseTensors.read(index))
                .hasSameSizeAs(expected)
                .allSatisfy((name, bytes) -> assertThat(bytes).isEqualTo(expected.get(name)));
    }

    /** Does something between writing the files and putting them in their places. */
    private interface Between {
        void run() throws IOException;
    }

    private static void writeInPlace(Path index, Between between) throws IOException {
        try (WeightFile file = WeightFile.open(index);
                WeightFileWriter writer = WeightFileWriter.createLike(index, file)) {
            SparseTensors.copy(file, writer);
            writer.complete();
            between.run();
            writer.replace();
        }
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(FileFormat::nameOf).toList();
        }
    }

    @Test
    void readsACompressedShard() throws IOException {
        Map<String, byte[]> before = SparseTensors.read(index);
        SparseTensors.compress(
                folder.resolve("x-1.safetensors"),
                folder.resolve("x-1.safetensors"),
                PATTERN,
                false);
        try (WeightFile file = WeightFile.open(index)) {
            assertThat(file.isCompressed()).isTrue();
            assertThat(file.isRandomAccess()).isFalse();
        }
        Map<String, byte[]> after = SparseTensors.read(index);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((name, bytes) -> assertThat(after.get(name)).isEqualTo(bytes));
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
