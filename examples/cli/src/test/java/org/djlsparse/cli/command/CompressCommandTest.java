package org.djlsparse.cli.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class CompressCommandTest {

    @TempDir Path folder;

    private Path dense;
    private Path masked;

    @BeforeEach
    void mask() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        for (TensorInfo tensor :
                List.of(
                        TensorInfo.of("a", ElementType.F32, 16, 24),
                        TensorInfo.of("b", ElementType.F32, 16),
                        TensorInfo.of("c", ElementType.BF16, 9, 10, 3, 3),
                        TensorInfo.of("d", ElementType.F16, 8, 8))) {
            tensors.put(tensor, WeightFiles.gaussian(tensor, 1));
        }
        dense = WeightFiles.write(folder.resolve("dense.safetensors"), tensors);
        masked = folder.resolve("masked.safetensors");
        assertOk("mask", dense, masked, "--exclude", "d");
    }

    private static String assertOk(Object... args) {
        Outcome outcome = run(args);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.err()).isEmpty();
        return outcome.out();
    }

    private static Outcome run(Object... args) {
        List<String> texts = new ArrayList<>();
        for (Object arg : args) {
            texts.add(arg.toString());
        }
        return Outcome.of(texts.toArray(new String[0]));
    }

    private static JsonObject json(Object... args) {
        return JsonParser.parseString(assertOk(args)).getAsJsonObject();
    }

    private static void assertSame(Path one, Path other) throws IOException {
        Map<String, byte[]> expected = WeightFiles.read(one);
        Map<String, byte[]> actual = WeightFiles.read(other);
        assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
        expected.forEach((name, bytes) -> assertThat(actual.get(name)).as(name).isEqualTo(bytes));
    }

    @Test
    void comesBackToTheByte() throws IOException {
        Path compressed = folder.resolve("c.safetensors");
        String text = assertOk("compress", masked, compressed, "--both");
        assertThat(text.lines().map(line -> line.replaceAll(" +", " ")))
                .contains(
                        "a F32 [16, 24] 2:4 both ways 1536 1632",
                        "b F32 [16] as it is 64 64 1 dimension, not [out, in] or [out, in, k1,"
                                + " ...]")
                .anyMatch(
                        line ->
                                line.matches(
                                        "d F16 \\[8, 8] as it is 128 128 row 0, column 0:"
                                                + " keeps [34], must keep at most 2"))
                .last()
                .asString()
                .matches(
                        Files.size(masked)
                                + " bytes before, "
                                + Files.size(compressed)
                                + " after: .*%, in .* s");
        assertSame(masked, compressed);
        Path back = folder.resolve("back.safetensors");
        assertOk("decompress", compressed, back);
        assertThat(back).hasSameBinaryContentAs(masked);
        assertOk("decompress", compressed, compressed);
        assertThat(compressed).hasSameBinaryContentAs(masked);
    }

    @Test
    void printsOneJsonObject() {
        Path compressed = folder.resolve("c.safetensors");
        JsonObject report = json("compress", masked, compressed, "--exclude", "c", "--json");
        assertThat(report.keySet())
                .containsExactly("bytes_before", "bytes_after", "seconds", "tensors", "warnings");
        JsonArray tensors = report.getAsJsonArray("tensors");
        assertThat(tensors).hasSize(4);
        JsonObject first = tensors.get(0).getAsJsonObject();
        assertThat(first.keySet())
                .containsExactly(
                        "name",
                        "type",
                        "shape",
                        "pattern",
                        "both_ways",
                        "bytes",
                        "stored_bytes",
                        "reason");
        assertThat(first.get("pattern").getAsString()).isEqualTo("2:4");
        assertThat(first.get("stored_bytes").getAsLong()).isEqualTo(16 * (12 * 4 + 3));
        assertThat(first.get("reason").isJsonNull()).isTrue();
        assertThat(tensors.get(2).getAsJsonObject().get("reason").getAsString())
                .isEqualTo("excluded by \"c\"");
        JsonObject back = json("decompress", compressed, folder.resolve("b.safetensors"), "--json");
        assertThat(back.get("bytes_before")).isEqualTo(report.get("bytes_after"));
    }

    @Test
    void inspectShowsEachKindOfFile() {
        Path compressed = folder.resolve("c.safetensors");
        assertOk("compress", masked, compressed);
        JsonObject plain = json("inspect", masked, "--json");
        JsonObject packed = json("inspect", compressed, "--json");
        assertThat(plain.keySet()).containsExactly("kind", "bytes", "tensors", "warnings");
        assertThat(plain.get("kind").getAsString()).isEqualTo("weights");
        assertThat(packed.get("kind").getAsString()).isEqualTo("compressed");
        JsonArray tensors = packed.getAsJsonArray("tensors");
        JsonObject a = tensors.get(0).getAsJsonObject();
        assertThat(a.keySet())
                .containsExactly(
                        "name",
                        "type",
                        "carried",
                        "shape",
                        "bytes",
                        "stored_bytes",
                        "compressed",
                        "density",
                        "inputs",
                        "both_ways");
        assertThat(a.get("density").getAsDouble()).isEqualTo(0.5);
        assertThat(a.get("compressed").getAsString()).isEqualTo("2:4");
        assertThat(a.get("both_ways").toString()).isEqualTo("[\"2:4\",\"3:4\",\"4:8\",\"8:16\"]");
        JsonObject bias = tensors.get(1).getAsJsonObject();
        assertThat(bias.get("density").isJsonNull()).isTrue();
        JsonObject d = tensors.get(3).getAsJsonObject();
        assertThat(d.get("inputs").toString()).isEqualTo("[]");
        for (int i = 0; i < 4; i++) {
            JsonObject other = plain.getAsJsonArray("tensors").get(i).getAsJsonObject();
            assertThat(other.get("inputs"))
                    .isEqualTo(tensors.get(i).getAsJsonObject().get("inputs"));
        }
        assertThat(json("inspect", masked, "--pattern", "5:7", "--json").toString())
                .contains("\"inputs\":[\"5:7\"]");
        assertThat(assertOk("inspect", masked))
                .contains("2:4 3:4 4:8 8:16 both ways")
                .contains("none");
    }

    /** Rows keep one of four in the same column: one way only. */
    @Test
    void inspectTellsOneWayFromBoth() throws IOException {
        float[] values = new float[8 * 8];
        for (int row = 0; row < 8; row++) {
            values[8 * row] = row == 5 ? -0f : 1;
            values[8 * row + 4] = Float.NaN;
        }
        Path file = WeightFiles.writeFloats(folder.resolve("w.npy"), new long[] {8, 8}, values);
        JsonObject tensor =
                json("inspect", file, "--json").getAsJsonArray("tensors").get(0).getAsJsonObject();
        assertThat(tensor.get("inputs").toString()).contains("\"1:4\"").doesNotContain("\"1:16\"");
        assertThat(tensor.get("both_ways").toString()).isEqualTo("[]");
        assertThat(tensor.get("density").getAsDouble()).isEqualTo(15.0 / 64);
    }

    @Test
    void shardsGoThroughAllCommands() throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.copy(dense, folder.resolve("x.safetensors"));
        Files.writeString(
                index,
                """
                {"metadata": {"total_size": 3}, "weight_map": {"a": "x.safetensors",
                 "b": "x.safetensors", "c": "x.safetensors", "d": "x.safetensors"}}
                """);
        Path out = folder.resolve("sparse.safetensors.index.json");
        assertOk("mask", index, out);
        assertThat(folder.resolve("sparse-00001-of-00001.safetensors")).exists();
        assertSame(dense, index);
        assertOk("check", out);
        assertThat(json("inspect", out, "--json").get("kind").getAsString()).isEqualTo("shards");
        Path compressed = folder.resolve("c.safetensors");
        assertOk("compress", out, compressed);
        assertOk("check", compressed);
        Path back = folder.resolve("back.safetensors.index.json");
        assertOk("decompress", compressed, back);
        assertThat(folder.resolve("back-00001-of-00001.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("sparse-00001-of-00001.safetensors"));
        try (WeightFile file = WeightFile.open(back)) {
            assertThat(file.getShards()).hasSize(1);
        }
    }

    @Test
    void errorsAreOneLine() throws IOException {
        assertRefused("its metadata lacks", "decompress", masked, folder.resolve("o.safetensors"));
        assertRefused("must end in .safetensors", "compress", masked, folder.resolve("o.npz"));
        assertRefused("no such file", "compress", folder.resolve("no.safetensors"), masked);
        Path npy = WeightFiles.writeFloats(folder.resolve("w.npy"), new long[] {1, 4}, 0, 0, 1, 1);
        assertRefused(
                "must be a plain .safetensors file",
                "compress",
                npy,
                folder.resolve("o.safetensors"));
        assertRefused(
                "--include x: matches no tensor", "compress", masked, masked, "--include", "x");
        Path compressed = folder.resolve("c.safetensors");
        assertOk("compress", masked, compressed, "--both");
        byte[] bytes = Files.readAllBytes(compressed);
        bytes[bytes.length / 2] ^= 1;
        Files.write(compressed, bytes);
        Path old = Files.writeString(folder.resolve("old.safetensors"), "old");
        assertRefused("is damaged", "decompress", compressed, old);
        assertThat(old).hasContent("old");
        try (var files = Files.list(folder)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
        }
    }

    /** A folder in which even the superuser makes no files. */
    @Test
    void refusesAFolderThatCannotBeWritten() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no /proc here");
        assertRefused("cannot be written", "compress", masked, "/proc/o.safetensors");
    }

    private static void assertRefused(String message, Object... args) {
        Outcome outcome = run(args);
        assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(message).hasLineCount(1);
    }

    /** Shards of a size, masked, compressed and restored, equal what one file gives. */
    @Test
    void shardsHaveTheSizeGiven() throws IOException {
        Path index = folder.resolve("m.safetensors.index.json");
        assertOk("mask", dense, index, "--exclude", "d", "--max-shard-size", "2KB");
        assertThat(folder.resolve("m-00001-of-00002.safetensors")).exists();
        Path compressed = folder.resolve("c.safetensors.index.json");
        assertOk("compress", index, compressed);
        assertThat(Files.size(folder.resolve("c-00001-of-00002.safetensors"))).isPositive();
        assertOk("inspect", compressed);
        Path back = folder.resolve("back.safetensors");
        assertOk("decompress", compressed, back);
        assertOk("check", back, "--exclude", "d");
        assertThat(Files.readAllBytes(back)).isEqualTo(Files.readAllBytes(masked));
        Path one = folder.resolve("one.safetensors.index.json");
        assertOk("decompress", compressed, one, "--max-shard-size", "1gb");
        assertThat(folder.resolve("one-00001-of-00001.safetensors")).hasSameBinaryContentAs(masked);
        Outcome wrong = run("decompress", index, one);
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains(index + ": none of its shards is a compressed file");
        wrong = run("mask", dense, folder.resolve("x.safetensors"), "--max-shard-size", "2KB");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("must end in .safetensors.index.json with");
        wrong = run("mask", dense, index, "--max-shard-size", "0GB");
        assertThat(wrong.err()).contains("'0GB' must be a number of bytes, at least 1");
    }
}
