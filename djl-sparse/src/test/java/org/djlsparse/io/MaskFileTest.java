package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MaskFileTest {

    @TempDir Path folder;

    private Path path;
    private MaskFile content;

    @BeforeEach
    void makeMasks() {
        path = folder.resolve("masks.safetensors");
        Map<String, Mask> masks = new LinkedHashMap<>();
        masks.put("z/weight", mask(WeightShape.of(9, 14), NmPattern.of(2, 4), 1));
        masks.put("a ü", mask(WeightShape.of(16, 8, 3, 3), NmPattern.of(4, 8), 2));
        content = new MaskFile(Map.of("step", "120", "rule", "sr-ste \"2e-4\""), masks);
    }

    private static Mask mask(WeightShape shape, NmPattern pattern, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[shape.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return MaskSolver.auto().solve(weights, shape, pattern);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        content.write(path);
        MaskFile read = MaskFile.read(path);

        assertThat(read).isEqualTo(content);
        assertThat(read.masks().keySet()).containsExactly("z/weight", "a ü");
    }

    @Test
    void notesAloneAreAFileToo() throws IOException {
        MaskFile empty = new MaskFile(Map.of("step", "3"), Map.of());
        empty.write(path);

        assertThat(MaskFile.read(path)).isEqualTo(empty);
    }

    @Test
    void anyOtherProgramReadsTheMasksAsBooleans() throws IOException {
        content.write(path);
        try (WeightFile file = WeightFile.open(path)) {
            assertThat(file.getTensors())
                    .extracting(TensorInfo::type)
                    .startsWith(ElementType.BOOL, ElementType.BOOL);
            assertThat(file.getTensors().get(1).shape()).containsExactly(16, 8, 9);
            assertThat(file.getMetadata()).containsEntry("pattern.a ü", "4:8");
        }
    }

    @Test
    void everyFlippedBitIsFound() throws IOException {
        content.write(path);
        byte[] bytes = Files.readAllBytes(path);
        for (int at = 0; at < bytes.length; at += 7) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            Files.write(path, flipped);
            try {
                // Spaces between the header's tokens, and their order, have no meaning.
                assertThat(MaskFile.read(path)).as("byte %d", at).isEqualTo(content);
            } catch (WeightFileException e) {
                assertThat(e).hasMessageContaining("masks.safetensors");
            }
        }
    }

    @Test
    void aCutFileIsRefused() throws IOException {
        content.write(path);
        byte[] bytes = Files.readAllBytes(path);
        for (int length : List.of(0, 7, 100, bytes.length - 40, bytes.length - 1)) {
            Files.write(path, Arrays.copyOf(bytes, length));
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> MaskFile.read(path))
                    .withMessageContaining("masks.safetensors");
        }
    }

    @Test
    void aChangedMaskIsRefused() throws IOException {
        content.write(path);
        byte[] bytes = Files.readAllBytes(path);
        bytes[bytes.length - 50] ^= 1; // an entry of the last mask
        Files.write(path, bytes);

        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MaskFile.read(path))
                .withMessageEndingWith("is damaged: its checksum does not match");
    }

    @Test
    void aNewerVersionIsRefused() throws IOException {
        content.write(path);
        String text = Files.readString(path, StandardCharsets.ISO_8859_1);
        Files.writeString(
                path,
                text.replace("\"djl-sparse.masks\":\"1\"", "\"djl-sparse.masks\":\"2\""),
                StandardCharsets.ISO_8859_1);

        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MaskFile.read(path))
                .withMessageEndingWith("is of version 2 of the format: must be 1");
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        List<TensorInfo> tensors = List.of(TensorInfo.of("w", ElementType.U8, 2, 2));
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, Map.of(), false)) {
            writer.write(new byte[4], 0, 4);
            writer.complete();
            writer.replace();
        }

        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MaskFile.read(path))
                .withMessageContaining("is not a file of masks");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> content.write(folder.resolve("masks.npz")))
                .withMessageEndingWith("must end in .safetensors");
    }

    @Test
    void furtherTensorsAreKeptToTheBit() throws IOException {
        byte[] bytes = bytes(3_000_000);
        List<TensorInfo> tensors =
                List.of(
                        TensorInfo.of("further", ElementType.F32, 3, 250_000),
                        TensorInfo.of("nothing", ElementType.F16, 0, 4),
                        TensorInfo.of("scalar", ElementType.F64));
        content.write(
                path,
                List.of(
                        new TensorSource(tensors.get(0), out -> writeInPieces(out, bytes)),
                        new TensorSource(tensors.get(1), out -> {}),
                        new TensorSource(tensors.get(2), out -> out.write(bytes, 0, 8))));

        assertThat(MaskFile.read(path)).isEqualTo(content);
        try (MaskFileReader reader = MaskFileReader.open(path)) {
            assertThat(reader.getContent()).isEqualTo(content);
            assertThat(reader.getTensors())
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(tensors);
            assertThat(readAll(reader, 0)).isEqualTo(bytes);
            assertThat(readAll(reader, 1)).isEmpty();
            assertThat(readAll(reader, 2)).isEqualTo(Arrays.copyOf(bytes, 8));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> reader.newInputStream(TensorInfo.of("a ü", ElementType.BOOL, 1)))
                    .withMessageContaining("no tensor \"a ü\"");
        }
    }

    private static void writeInPieces(OutputStream out, byte[] bytes) throws IOException {
        out.write(bytes[0]);
        out.write(bytes, 1, 1_999_999);
        out.write(bytes, 2_000_000, 1_000_000);
    }

    private static byte[] readAll(MaskFileReader reader, int tensor) throws IOException {
        try (InputStream in = reader.newInputStream(reader.getTensors().get(tensor))) {
            return in.readAllBytes();
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(9).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aSourceMustWriteAsManyBytesAsItsTensorHas() throws IOException {
        content.write(path);
        TensorInfo four = TensorInfo.of("four", ElementType.F32, 1);
        for (int count : new int[] {0, 3, 5}) {
            List<TensorSource> sources =
                    List.of(
                            new TensorSource(four, out -> out.write(new byte[count])),
                            new TensorSource(
                                    TensorInfo.of("next", ElementType.U8, 9),
                                    out -> out.write(new byte[9])));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> content.write(path, sources))
                    .withMessage(
                            "tensor \"four\": its source has %d bytes %s than its 4",
                            Math.abs(count - 4), count < 4 ? "fewer" : "more");
        }
        List<TensorSource> twice =
                List.of(
                        new TensorSource(
                                TensorInfo.of("a ü", ElementType.F32),
                                out -> out.write(new byte[4])));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> content.write(path, twice))
                .withMessage("tensor \"a ü\": the name appears twice");
        assertThat(MaskFile.read(path)).as("the file before").isEqualTo(content);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void aChangeOfAFurtherTensorIsFoundAtAnyTime() throws IOException {
        byte[] bytes = bytes(2_000_000);
        TensorInfo tensor = TensorInfo.of("further", ElementType.F32, 500_000);
        content.write(path, List.of(new TensorSource(tensor, out -> out.write(bytes))));
        byte[] file = Files.readAllBytes(path);
        file[file.length - 1_000_000] ^= 4;

        try (MaskFileReader reader = MaskFileReader.open(path)) {
            Files.write(path, file, StandardOpenOption.WRITE); // in place
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> readAll(reader, 0))
                    .withMessageEndingWith(
                            "tensor \"further\": changed while the file was being read");
        }
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MaskFileReader.open(path))
                .withMessageEndingWith("is damaged: its checksum does not match");
    }

    @Test
    void anEntryThatIsNeitherTrueNorFalseIsRefused() throws IOException {
        content.write(path);
        byte[] bytes = Files.readAllBytes(path);
        bytes[bytes.length - 50] ^= 2;
        Files.write(path, bytes);

        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MaskFile.read(path))
                .withMessageContaining("tensor \"a ü\": is not a mask: entry ")
                .withMessageEndingWith("must be 0 or 1");
    }
}
