package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
                // Spaces between the header's tokens, and its order, say nothing.
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
                .withMessageContaining("is no file of masks");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> content.write(folder.resolve("masks.npz")))
                .withMessageEndingWith("must end in .safetensors");
    }
}
