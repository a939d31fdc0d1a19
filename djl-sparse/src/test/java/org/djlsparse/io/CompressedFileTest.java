package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class CompressedFileTest {

    private static final String PATTERNS = "1:4 2:4 3:4 4:8 8:16 1:16 2:8 1:2 2:3 3:7 2:10 5:6";
    private static final long[][] SHAPES = {
        {8, 16}, {1, 1}, {1, 9}, {9, 1}, {5, 7}, {13, 22}, {3, 40}, {33, 50, 3}, {6, 5, 2, 3}
    };

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"F64", "F32", "F16", "BF16"})
    void comesBackToTheBit(ElementType type) throws IOException, InterruptedException {
        Map<Path, Path> files = new LinkedHashMap<>();
        for (String text : PATTERNS.split(" ", -1)) {
            NmPattern pattern = NmPattern.parse(text);
            String name = pattern.n() + "-" + pattern.m();
            Map<TensorInfo, byte[]> tensors = tensors(type, pattern, 1);
            Path in =
                    SparseTensors.write(
                            folder.resolve(name + ".safetensors"),
                            Map.of("format", "pt ü", "x", ""),
                            tensors);
            for (boolean bothWays : new boolean[] {false, true}) {
                Path out = folder.resolve(name + "-" + bothWays + ".safetensors");
                CompressionResult compression = SparseTensors.compress(in, out, pattern, bothWays);
                assertThat(compression.tensors())
                        .filteredOn(tensor -> tensor.pattern() != null)
                        .hasSizeGreaterThanOrEqualTo(3)
                        .allMatch(tensor -> tensor.bothWays() == bothWays);
                assertSame(in, out);
                if (bothWays) {
                    assertTransposesAgree(out);
                }
                files.put(out, in);
            }
        }
        assertPythonAgrees(files);
    }

    private static Map<TensorInfo, byte[]> tensors(ElementType type, NmPattern pattern, int seed) {
        Random random = new Random(seed);
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        for (long[] shape : SHAPES) {
            TensorInfo tensor = TensorInfo.of("w" + Arrays.toString(shape), type, shape);
            tensors.put(tensor, SparseTensors.bothWays(tensor, pattern, random));
        }
        byte[] random48 = new byte[48];
        random.nextBytes(random48);
        tensors.put(TensorInfo.of("zeros", type, 8, 8), new byte[64 * type.getBytes()]);
        tensors.put(TensorInfo.of("numbers", ElementType.I32, 3, 4), random48);
        tensors.put(TensorInfo.of("flat.values", ElementType.F32, 12), random48);
        tensors.put(TensorInfo.of("scalar", type), new byte[type.getBytes()]);
        tensors.put(TensorInfo.of("no rows", type, 0, 4), new byte[0]);
        tensors.put(TensorInfo.of("no columns", type, 4, 0), new byte[0]);
        return tensors;
    }

    private static void assertSame(Path in, Path out) throws IOException {
        Map<String, byte[]> expected = SparseTensors.read(in);
        Map<String, byte[]> actual = SparseTensors.read(out);
        assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
        expected.forEach((name, bytes) -> assertThat(actual.get(name)).as(name).isEqualTo(bytes));
        try (WeightFile one = WeightFile.open(in);
                WeightFile other = WeightFile.open(out)) {
            assertThat(other.getMetadata()).isEqualTo(one.getMetadata());
        }
    }

    private static void assertTransposesAgree(Path out) throws IOException {
        try (CompressedFile file = CompressedFile.open(out)) {
            for (StoredTensor stored : file.getStoredTensors()) {
                if (stored.bothWays()) {
                    TensorInfo tensor = stored.tensor();
                    try (InputStream in = file.newTransposedInputStream(tensor)) {
                        assertThat(in.readAllBytes())
                                .isEqualTo(
                                        SparseTensors.transpose(
                                                tensor, SparseTensors.read(file, tensor)));
                    }
                }
            }
        }
    }

    /**
     * A reader that shares only the specification with the library's.
     *
     * @param files the files that were compressed, by the compressed ones
     */
    private void assertPythonAgrees(Map<Path, Path> files)
            throws IOException, InterruptedException {
        Path script = folder.resolve("decompress.py");
        try (InputStream source = CompressedFileTest.class.getResourceAsStream("decompress.py")) {
            Files.write(script, source.readAllBytes());
        }
        List<String> command = new ArrayList<>(List.of("python3", script.toString()));
        for (Path compressed : files.keySet()) {
            command.add(compressed.toString());
            command.add(compressed + ".python.safetensors");
        }
        Process python;
        try {
            python = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            System.out.println("python3 is not here: its decoder was not compared");
            assumeTrue(false, "no python3 here");
            return;
        }
        String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor()).as(output).isZero();
        for (Map.Entry<Path, Path> file : files.entrySet()) {
            assertSame(file.getValue(), Path.of(file.getKey() + ".python.safetensors"));
        }
    }

    /** Put together by hand, from docs/format.md. */
    @Test
    void twoOfFourIsLaidOutAsSpecified() throws IOException {
        float[][] rows = {{0, 5, 0, 6, 0, 7}, {0, 0, 0, 0, -0f, 0}};
        ByteBuffer dense = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float value : row) {
                dense.putFloat(value);
            }
        }
        Path in =
                SparseTensors.write(
                        folder.resolve("in.safetensors"),
                        Map.of(),
                        Map.of(TensorInfo.of("w", ElementType.F32, 2, 6), dense.array()));
        Path out = folder.resolve("out.safetensors");
        SparseTensors.compress(in, out, NmPattern.of(2, 4), false);

        try (SafetensorsFile file =
                SafetensorsFile.read(out.toString(), InputFile.of(out).open())) {
            assertThat(file.getMetadata())
                    .isEqualTo(
                            Map.of("djl-sparse.compressed", "1", "tensor.w", "F32 2x6 2:4 inputs"));
            List<TensorInfo> parts = file.getTensors();
            assertThat(parts.stream().map(SparseTensors::describe))
                    .containsExactly(
                            "w.values F32 [2, 1, 2, 2]",
                            "w.indices U8 [2, 1]",
                            "djl-sparse.sha256 U8 [3, 32]");
            ByteBuffer values =
                    ByteBuffer.wrap(SparseTensors.read(file, parts.get(0)))
                            .order(ByteOrder.LITTLE_ENDIAN);
            float[] found = new float[8];
            values.asFloatBuffer().get(found);
            // The second group of the first row: 7 at index 1, and the lowest free place, 0.
            assertThat(found).containsExactly(5, 6, 0, 7, 0, 0, -0f, 0);
            // Indices 1 3 | 0 1, then 0 1 | 0 1, the first in the lowest bits.
            assertThat(SparseTensors.read(file, parts.get(1)))
                    .containsExactly(0b01_00_11_01, 0b01_00_01_00);
        }
    }

    @Test
    void aBitmapIsLaidOutAsSpecified() throws IOException {
        byte[] dense = new byte[2 * 8];
        dense[2 * 2] = 9; // place 2
        dense[2 * 7] = 8; // place 7
        Path in =
                SparseTensors.write(
                        folder.resolve("in.safetensors"),
                        Map.of(),
                        Map.of(TensorInfo.of("w", ElementType.F16, 1, 8), dense));
        Path out = folder.resolve("out.safetensors");
        SparseTensors.compress(in, out, NmPattern.of(4, 8), false);
        try (SafetensorsFile file =
                SafetensorsFile.read(out.toString(), InputFile.of(out).open())) {
            List<TensorInfo> parts = file.getTensors();
            assertThat(SparseTensors.read(file, parts.get(0)))
                    .containsExactly(0, 0, 0, 0, 9, 0, 8, 0);
            assertThat(SparseTensors.read(file, parts.get(1))).containsExactly(0b10000111);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0 1 2, 2, 'row 0, column 0: keeps 3, must keep at most 2'",
        "12 13 20 23 21, 2, 'row 2, column 4: keeps 3, must keep at most 2'",
        "0 1 2 3, 4, 'not smaller: 136 bytes compressed, 128 as it is'",
    })
    void saysWhyATensorIsStoredAsItIs(String kept, int n, String reason) throws IOException {
        byte[] dense = new byte[4 * 32];
        for (String place : kept.split(" ", -1)) {
            dense[4 * Integer.parseInt(place)] = 1;
        }
        CompressionResult compression =
                compress(TensorInfo.of("w", ElementType.F32, 4, 8), dense, n);
        assertThat(compression.reasons()).isEqualTo(Map.of("w", reason));
        assertThat(compression.tensors().get(0).pattern()).isNull();
    }

    @Test
    void negativeZeroCountsAsKept() throws IOException {
        byte[] dense = new byte[4 * 32];
        dense[0] = 1;
        dense[4] = 1;
        dense[4 * 3 + 3] = (byte) 0x80;
        CompressionResult compression =
                compress(TensorInfo.of("w", ElementType.F32, 4, 8), dense, 2);
        assertThat(compression.reasons().get("w"))
                .isEqualTo("row 0, column 0: keeps 3, must keep at most 2; -0 counts");
        assertSame(folder.resolve("in.safetensors"), folder.resolve("out.safetensors"));
    }

    @Test
    void saysWhyATransposeIsNotStored() throws IOException {
        byte[] dense = new byte[4 * 32];
        for (int row = 0; row < 3; row++) {
            dense[4 * (8 * row + 5)] = 1;
        }
        Path in =
                SparseTensors.write(
                        folder.resolve("in.safetensors"),
                        Map.of(),
                        Map.of(TensorInfo.of("w", ElementType.F32, 4, 8), dense));
        Path out = folder.resolve("out.safetensors");
        CompressionResult compression = SparseTensors.compress(in, out, NmPattern.of(2, 4), true);
        assertThat(compression.reasons())
                .isEqualTo(Map.of("w", "column 5, row 0: keeps 3, must keep at most 2"));
        assertThat(compression.tensors().get(0).pattern()).isEqualTo(NmPattern.of(2, 4));
        assertThat(compression.tensors().get(0).bothWays()).isFalse();
        try (CompressedFile file = CompressedFile.open(out)) {
            TensorInfo tensor = file.getTensors().get(0);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.newTransposedInputStream(tensor))
                    .withMessageEndingWith("tensor \"w\" is not stored both ways");
        }
    }

    @Test
    void namesOfPartsMayBeTaken() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorInfo.of("w", ElementType.F32, 4, 8), new byte[128]);
        tensors.put(TensorInfo.of("w.indices", ElementType.F32, 4, 8), new byte[128]);
        Path in = SparseTensors.write(folder.resolve("in.safetensors"), Map.of(), tensors);
        Path out = folder.resolve("out.safetensors");
        CompressionResult compression = SparseTensors.compress(in, out, NmPattern.of(2, 4), true);
        assertThat(compression.reasons())
                .isEqualTo(Map.of("w", "another tensor has the name of a part"));
        assertSame(in, out);
    }

    /** The parts of a transpose could be those of a tensor of such a name. */
    @Test
    void namesOfPartsMayBeTakenByParts() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorInfo.of("w.transposed", ElementType.F32, 4, 8), new byte[128]);
        tensors.put(TensorInfo.of("w", ElementType.F32, 4, 8), new byte[128]);
        Path in = SparseTensors.write(folder.resolve("in.safetensors"), Map.of(), tensors);
        Path out = folder.resolve("out.safetensors");
        CompressionResult compression = SparseTensors.compress(in, out, NmPattern.of(2, 4), true);
        assertThat(compression.reasons())
                .isEqualTo(Map.of("w", "another tensor has the name of a part"));
        assertThat(compression.tensors().get(1).pattern()).isEqualTo(NmPattern.of(2, 4));
        assertSame(in, out);
    }

    /** Bands are of 4 MiB, and one row is longer than that. */
    @Test
    void manyBandsAndLongRows() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        for (long[] shape : new long[][] {{2_000_003, 3}, {3, 2_000_003}, {1501, 2050, 1}}) {
            TensorInfo tensor = TensorInfo.of("w" + shape[0], ElementType.F32, shape);
            byte[] dense = new byte[(int) tensor.getByteCount()];
            Random random = new Random(2);
            for (int row = 0; row < shape[0]; row++) {
                // One in four, both ways.
                for (int column = row % 4; column < shape[1]; column += 4) {
                    dense[4 * (int) (row * shape[1] + column)] = (byte) random.nextInt(256);
                }
            }
            tensors.put(tensor, dense);
        }
        Path in = SparseTensors.write(folder.resolve("in.safetensors"), Map.of(), tensors);
        Path out = folder.resolve("out.safetensors");
        CompressionResult compression = SparseTensors.compress(in, out, NmPattern.of(2, 4), true);
        assertThat(compression.reasons()).isEmpty();
        assertSame(in, out);
        assertTransposesAgree(out);
    }

    @Test
    void refusesWhatIsNotCompressedAndWhatIs() throws IOException {
        Path in =
                SparseTensors.write(
                        folder.resolve("in.safetensors"),
                        Map.of(),
                        Map.of(TensorInfo.of("w", ElementType.F32, 4, 8), new byte[128]));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> CompressedFile.open(in))
                .withMessageEndingWith(
                        "is not a compressed file: its metadata lacks \"djl-sparse.compressed\"");
        Path out = folder.resolve("out.safetensors");
        SparseTensors.compress(in, out, NmPattern.of(2, 4), false);
        Path again = folder.resolve("again.safetensors");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> SparseTensors.compress(out, again, NmPattern.of(2, 4), false))
                .withMessageContaining("must be a plain .safetensors file");
        assertThat(again).doesNotExist();
        Path none =
                SparseTensors.write(
                        folder.resolve("none.npz"),
                        Map.of(),
                        Map.of(TensorInfo.of("b", ElementType.I32, 4), new byte[16]));
        assertThatExceptionOfType(WeightFileException.class)
                .as("though nothing in it could be compressed")
                .isThrownBy(() -> SparseTensors.compress(none, again, NmPattern.of(2, 4), false))
                .withMessageContaining("must be a plain .safetensors file");
        try (WeightFile file = WeightFile.open(in)) {
            List<TensorInfo> missing = List.of(TensorInfo.of("x", ElementType.F32, 4, 8));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    new Compressor(NmPattern.of(2, 4), false)
                                            .compress(file, missing, again))
                    .withMessage(in + ": no tensor \"x\"");
        }
        assertThat(again).doesNotExist();
        Path reserved =
                SparseTensors.write(
                        folder.resolve("reserved.safetensors"),
                        Map.of(),
                        Map.of(TensorInfo.of("djl-sparse.sha256", ElementType.U8), new byte[1]));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(
                        () -> SparseTensors.compress(reserved, again, NmPattern.of(2, 4), false))
                .withMessageContaining("keep this name for themselves");
    }

    private CompressionResult compress(TensorInfo tensor, byte[] dense, int n) throws IOException {
        Path in =
                SparseTensors.write(
                        folder.resolve("in.safetensors"), Map.of(), Map.of(tensor, dense));
        return SparseTensors.compress(
                in, folder.resolve("out.safetensors"), NmPattern.of(n, 4), false);
    }

    /** More bytes than fit an int, before and after. */
    @Tag("slow")
    @Test
    void aTensorMayBeBeyond4Gib() throws IOException {
        TensorInfo tensor = TensorInfo.of("w", ElementType.BF16, 600_001, 4096);
        Path in = folder.resolve("in.safetensors");
        byte[] row = new byte[8192];
        try (WeightFileWriter writer =
                WeightFileWriter.create(in, List.of(tensor), Map.of(), false)) {
            for (int i = 0; i < 600_001; i++) {
                fillRow(row, i);
                writer.write(row, 0, row.length);
            }
            writer.complete();
            writer.replace();
        }
        Path out = folder.resolve("out.safetensors");
        CompressionResult compression = SparseTensors.compress(in, out, NmPattern.of(2, 4), false);
        assertThat(compression.reasons()).isEmpty();
        Files.delete(in);
        assertThat(Files.size(out)).isGreaterThan(Integer.MAX_VALUE);
        try (CompressedFile file = CompressedFile.open(out);
                InputStream stream = file.newInputStream(tensor)) {
            byte[] found = new byte[8192];
            for (int i = 0; i < 600_001; i++) {
                fillRow(row, i);
                assertThat(stream.readNBytes(found, 0, found.length)).isEqualTo(8192);
                if (!Arrays.equals(found, row)) {
                    assertThat(found).as("row %s", i).isEqualTo(row);
                }
            }
            assertThat(stream.read()).isEqualTo(-1);
        }
    }

    /** One of four values, which tells the row. */
    private static void fillRow(byte[] row, int number) {
        Arrays.fill(row, (byte) 0);
        for (int column = number % 4; column < 4095; column += 4) {
            row[2 * column] = (byte) (number + 1);
            row[2 * column + 1] = (byte) (number >> 8 | 1);
        }
    }
}
