package org.djlsparse.cli.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class MaskCommandTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "safetensors, 2:4, transposable",
        "safetensors, 3:5, transposable",
        "safetensors, 2:4, row",
        "npz, 2:4, transposable",
        "npz, 1:3, row",
    })
    void keepsBitsAndWritesZeros(String extension, String pattern, String kind) throws IOException {
        Map<TensorInfo, byte[]> tensors = tensors(extension.equals("npz"));
        Path in = WeightFiles.write(folder.resolve("in." + extension), tensors);
        Path out = folder.resolve("out." + extension);
        Path maskFile = folder.resolve("masks.npz");

        JsonObject root =
                json(
                        "mask",
                        "--pattern",
                        pattern,
                        "--mask",
                        kind,
                        "--include",
                        ".*",
                        "--masks-output",
                        maskFile.toString(),
                        "--json",
                        in.toString(),
                        out.toString());

        Map<String, byte[]> written = WeightFiles.read(out);
        Map<String, byte[]> masks = WeightFiles.read(maskFile);
        assertThat(written.keySet())
                .containsExactlyElementsOf(
                        tensors.keySet().stream().map(TensorInfo::name).toList());
        assertThat(root.keySet()).containsExactly("pattern", "tensors", "left_out");
        assertThat(root.get("pattern").getAsString()).isEqualTo(pattern);
        assertThat(leftOut(root).keySet()).containsExactly("bias", "ids", "empty", "scalar");
        assertThat(masks.keySet()).doesNotContain("bias", "ids", "empty", "scalar");
        int place = 0;
        for (Map.Entry<TensorInfo, byte[]> entry : tensors.entrySet()) {
            TensorInfo tensor = entry.getKey();
            byte[] mask = masks.get(tensor.name());
            if (mask == null) {
                assertThat(written.get(tensor.name())).isEqualTo(entry.getValue());
                continue;
            }
            byte[] expected = entry.getValue().clone();
            int size = tensor.type().getBytes();
            for (int i = 0; i < mask.length; i++) {
                assertThat(mask[i]).isBetween((byte) 0, (byte) 1);
                if (mask[i] == 0) {
                    Arrays.fill(expected, i * size, (i + 1) * size, (byte) 0);
                }
            }
            assertThat(written.get(tensor.name())).isEqualTo(expected);
            int n = pattern.charAt(0) - '0';
            int m = pattern.charAt(2) - '0';
            boolean rows = mostKept(mask, tensor.shape(), 1, m) <= n;
            boolean columns = mostKept(mask, tensor.shape(), m, 1) <= n;
            assertThat(rows).isTrue();
            assertThat(columns || kind.equals("row")).isTrue();

            JsonObject object = root.getAsJsonArray("tensors").get(place++).getAsJsonObject();
            assertThat(object.keySet())
                    .containsExactly(
                            "name",
                            "shape",
                            "solver",
                            "kept",
                            "valid_rows",
                            "valid_columns",
                            "seconds");
            assertThat(object.get("name").getAsString()).isEqualTo(tensor.name());
            assertThat(object.getAsJsonArray("shape")).hasSize(tensor.shape().length);
            assertThat(object.get("solver").getAsString())
                    .isEqualTo(kind.equals("row") ? "row-wise" : m == 4 ? "enumeration" : "exact");
            assertThat(object.get("valid_rows").getAsBoolean()).isTrue();
            assertThat(object.get("valid_columns").getAsBoolean()).isEqualTo(columns);
            if (tensor.type() == ElementType.F32) {
                assertThat(object.get("kept").getAsDouble())
                        .isEqualTo(kept(tensor, entry.getValue(), mask));
            }
        }
        assertThat(root.getAsJsonArray("tensors")).hasSize(place);
    }

    private static Map<TensorInfo, byte[]> tensors(boolean numpy) {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        List<TensorInfo> all =
                List.of(
                        TensorInfo.of("layer/ü/weight", ElementType.F32, 12, 8),
                        TensorInfo.of("bias", ElementType.F32, 12),
                        TensorInfo.of("conv", ElementType.F64, 7, 6, 2, 3),
                        TensorInfo.of("ids", ElementType.I64, 4, 4),
                        TensorInfo.of("half", ElementType.F16, 5, 9),
                        numpy
                                ? new TensorInfo(
                                        "big",
                                        ElementType.F32,
                                        ByteOrder.BIG_ENDIAN,
                                        new long[] {4, 4})
                                : TensorInfo.of("bf", ElementType.BF16, 4, 4),
                        TensorInfo.of("empty", ElementType.F32, 4, 0),
                        TensorInfo.of("scalar", ElementType.F32),
                        TensorInfo.of("../thin", ElementType.F32, 2, 9));
        for (TensorInfo tensor : all) {
            tensors.put(tensor, WeightFiles.gaussian(tensor, tensors.size()));
        }
        return tensors;
    }

    /** The most entries kept in any group of the given height and width. */
    private static int mostKept(byte[] mask, long[] shape, int height, int width) {
        Map<List<Integer>, Integer> counts = new HashMap<>();
        int columns = (int) shape[1];
        int taps = mask.length / (int) shape[0] / columns;
        for (int i = 0; i < mask.length; i++) {
            int row = i / taps / columns;
            int column = i / taps % columns;
            counts.merge(
                    List.of(i % taps, row / height, column / width), (int) mask[i], Integer::sum);
        }
        return counts.values().stream().max(Integer::compare).orElseThrow();
    }

    private static double kept(TensorInfo tensor, byte[] bytes, byte[] mask) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(tensor.byteOrder());
        double kept = 0;
        double all = 0;
        for (byte keep : mask) {
            double magnitude = Math.abs(buffer.getFloat());
            kept += keep * magnitude;
            all += magnitude;
        }
        return kept / all;
    }

    @Test
    void theFileMayBeReplacedAndKeepsItsMetadata() throws IOException {
        Path in = WeightFiles.write(folder.resolve("in.safetensors"), tensors(false));
        Path out = folder.resolve("out.safetensors");
        assertThat(mask(in, out).exitCode()).isZero();

        Outcome outcome = mask(in, in);

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out())
                .contains("name", "shape", "solver", "kept", "valid", "seconds")
                .contains("conv", "[7, 6, 2, 3]", "enumeration", "both ways")
                .endsWith(
                        """
                        left out:
                          ids [4, 4]: data type I64, which is not in [F64, F32, F16, BF16]
                          empty [4, 0]: 0 entries
                          ../thin [2, 9]: 2 outputs, fewer than M = 4
                          1 scalar: 0 dimensions, not [out, in] or [out, in, k1, ...]
                          1 vector: 1 dimension, not [out, in] or [out, in, k1, ...]
                        """
                                .replace("\n", System.lineSeparator()));
        assertThat(in).hasSameBinaryContentAs(out);
        try (WeightFile file = WeightFile.open(in)) {
            assertThat(file.getMetadata()).containsExactly(Map.entry("format", "pt"));
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(in, out);
        }
    }

    @ParameterizedTest
    @CsvSource({"1e300, 1e-10", "1e-300, 1e-10", "1, 1e-30", "5e-324, 0"})
    void doublesMayBeBeyondFloats(double large, double ratio) throws IOException {
        // The two largest of each row and column lie on the diagonals.
        TensorInfo tensor = TensorInfo.of("w", ElementType.F64, 4, 4);
        ByteBuffer buffer = ByteBuffer.wrap(new byte[128]).order(tensor.byteOrder());
        for (int i = 0; i < 16; i++) {
            boolean diagonal = i / 4 == i % 4 || i / 4 + i % 4 == 3;
            buffer.putDouble(diagonal ? -large : large * ratio);
        }
        Path in = WeightFiles.write(folder.resolve("in.npy"), Map.of(tensor, buffer.array()));

        JsonObject object =
                json("mask", "--json", in.toString(), in.toString())
                        .getAsJsonArray("tensors")
                        .get(0)
                        .getAsJsonObject();

        assertThat(object.get("name").getAsString()).isEqualTo("in");
        assertThat(object.get("kept").getAsDouble()).isGreaterThan(0.999999);
        ByteBuffer written =
                ByteBuffer.wrap(WeightFiles.read(in).get("in")).order(tensor.byteOrder());
        for (int i = 0; i < 16; i++) {
            boolean diagonal = i / 4 == i % 4 || i / 4 + i % 4 == 3;
            assertThat(Double.doubleToRawLongBits(written.getDouble()))
                    .isEqualTo(Double.doubleToRawLongBits(diagonal ? -large : 0.0));
        }
    }

    @Test
    void zerosKeepAll() throws IOException {
        Path in =
                WeightFiles.writeFloats(folder.resolve("in.npy"), new long[] {4, 4}, new float[16]);
        JsonObject root = json("mask", "--json", in.toString(), in.toString());
        JsonArray tensors = root.getAsJsonArray("tensors");
        assertThat(tensors.get(0).getAsJsonObject().get("kept").getAsDouble()).isEqualTo(1);
    }

    @Test
    void filtersByName() throws IOException {
        Path in = WeightFiles.write(folder.resolve("in.npz"), tensors(true));
        JsonObject root =
                json(
                        "mask",
                        "--json",
                        "--include",
                        ".*/.*|conv|bias",
                        "--include",
                        "half",
                        "--exclude",
                        "layer/.*",
                        "--exclude",
                        "lf",
                        in.toString(),
                        in.toString());
        assertThat(
                        root.getAsJsonArray("tensors").asList().stream()
                                .map(e -> e.getAsJsonObject().get("name").getAsString()))
                .containsExactly("conv", "half", "../thin");
    }

    @Test
    void bandsMakeNoDifference() throws IOException {
        // Three bands of 2:4, the last ragged; the solver is deterministic, so parts must agree.
        int rows = 2055;
        int columns = 4096;
        TensorInfo tensor = TensorInfo.of("w", ElementType.F32, rows, columns);
        byte[] bytes = WeightFiles.gaussian(tensor, 1);
        Path in = WeightFiles.write(folder.resolve("in.npy"), Map.of(tensor, bytes));
        assertThat(mask(in, in).exitCode()).isZero();
        byte[] whole = WeightFiles.read(in).get("in");
        for (int first : new int[] {1020, 2044}) {
            int height = Math.min(12, rows - first);
            TensorInfo part = TensorInfo.of("w", ElementType.F32, height, columns);
            int start = first * columns * 4;
            int end = start + height * columns * 4;
            Path file =
                    WeightFiles.write(
                            folder.resolve("part.npy"),
                            Map.of(part, Arrays.copyOfRange(bytes, start, end)));
            assertThat(mask(file, file).exitCode()).isZero();
            assertThat(WeightFiles.read(file).get("part"))
                    .isEqualTo(Arrays.copyOfRange(whole, start, end));
        }
        bytes[(2050 * columns + 7) * 4 + 3] = 0x7f;
        bytes[(2050 * columns + 7) * 4 + 2] = (byte) 0x80;
        bytes[(2050 * columns + 7) * 4 + 1] = 0;
        bytes[(2050 * columns + 7) * 4] = 0;
        WeightFiles.write(in, Map.of(tensor, bytes));
        Outcome outcome = mask(in, in);
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .contains(
                        in
                                + ": tensor \"in\": weight at row 2050, column 7 is Infinity: must"
                                + " be finite");
        assertThat(WeightFiles.read(in).get("in")).isEqualTo(bytes);
    }

    @Tag("slow")
    @Test
    void aTensorMayBeBeyond2Gib() throws IOException {
        long rows = 40961;
        long columns = 32768;
        String header =
                "{\"w\":{\"dtype\":\"F16\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}"
                        .formatted(rows, columns, 2 * rows * columns);
        ByteBuffer start = ByteBuffer.wrap(new byte[8 + header.length()]);
        start.order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length())
                .put(header.getBytes(StandardCharsets.UTF_8));
        Path in = folder.resolve("in.safetensors");
        byte[] ones = new byte[64];
        Arrays.fill(ones, (byte) 0x3c);
        try (RandomAccessFile file = new RandomAccessFile(in.toFile(), "rw")) {
            file.write(start.array());
            file.seek(start.capacity() + 2 * rows * columns - ones.length);
            file.write(ones);
        }
        assertThat(Outcome.of("check", in.toString()).out())
                .contains("the row group at row 40960, column 32736 keeps 4");
        assertThat(mask(in, in).exitCode()).isZero();
        assertThat(Outcome.of("check", in.toString()).exitCode()).isZero();
        try (WeightFile file = WeightFile.open(in);
                InputStream data = file.newInputStream(file.getTensors().get(0))) {
            data.skipNBytes(2 * rows * columns - 8);
            assertThat(data.readAllBytes()).containsExactly(0x3c, 0x3c, 0x3c, 0x3c, 0, 0, 0, 0);
        }
    }

    @Test
    void masksTheWeightsOfProductsAndSaysWhyNotTheOthers() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        for (TensorInfo tensor :
                List.of(
                        TensorInfo.of("stem.weight", ElementType.F32, 32, 3, 3, 3),
                        TensorInfo.of("depthwise.weight", ElementType.F32, 32, 1, 3, 3),
                        TensorInfo.of("pointwise.weight", ElementType.F32, 16, 32, 1, 1),
                        TensorInfo.of("positions", ElementType.F32, 1, 8, 8),
                        TensorInfo.of("embed.weight", ElementType.F32, 8, 8))) {
            tensors.put(tensor, WeightFiles.gaussian(tensor, tensors.size()));
        }
        Path in = WeightFiles.write(folder.resolve("in.safetensors"), tensors);
        Path out = folder.resolve("out.safetensors");
        String[] args = {"mask", "--json", in.toString(), out.toString()};

        JsonObject root = json(args);

        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("stem.weight", "3 inputs, fewer than M = 4");
        expected.put("depthwise.weight", "1 inputs, fewer than M = 4");
        expected.put("positions", "table of positions, by its name");
        expected.put("embed.weight", "embedding, by its name");
        assertThat(leftOut(root)).containsExactlyEntriesOf(expected);
        Map<String, byte[]> written = WeightFiles.read(out);
        tensors.forEach(
                (tensor, bytes) ->
                        assertThat(Arrays.equals(written.get(tensor.name()), bytes))
                                .as(tensor.name())
                                .isEqualTo(expected.containsKey(tensor.name())));
        Outcome check = Outcome.of("check", out.toString());
        assertThat(check.exitCode()).isZero();
        assertThat(check.out())
                .startsWith("pointwise.weight  both ways")
                .contains("left out:", "  positions [1, 8, 8]: table of positions, by its name");

        JsonObject included =
                json(
                        "mask",
                        "--json",
                        "--include",
                        "depth.*|embed.*",
                        in.toString(),
                        out.toString());

        assertThat(leftOut(included))
                .containsOnlyKeys("stem.weight", "pointwise.weight", "positions")
                .containsValue("not among the tensors included");
        assertThat(WeightFiles.read(out).get("embed.weight"))
                .isNotEqualTo(WeightFiles.read(in).get("embed.weight"));
        assertThat(Outcome.of("check", "--include", "depth.*|embed.*", out.toString()).exitCode())
                .isZero();
    }

    private static Map<String, String> leftOut(JsonObject root) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (JsonElement element : root.getAsJsonArray("left_out")) {
            JsonObject object = element.getAsJsonObject();
            assertThat(object.keySet()).containsExactly("name", "shape", "reason");
            reasons.put(object.get("name").getAsString(), object.get("reason").getAsString());
        }
        return reasons;
    }

    private static Outcome mask(Path in, Path out) {
        return Outcome.of("mask", in.toString(), out.toString());
    }

    private static JsonObject json(String... args) {
        Outcome outcome = Outcome.of(args);
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().strip()).hasLineCount(1);
        assertThat(outcome.out().codePoints()).allMatch(c -> c < 0x7f);
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }
}
