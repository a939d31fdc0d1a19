package org.djlsparse.io;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class DamagedFilesTest {

    private static final int TRIES = 1500;

    @TempDir Path folder;

    /** Any bytes lead to a readable tensor or to a {@link WeightFileException}. */
    @ParameterizedTest
    @ValueSource(strings = {"a.safetensors", "a.npz", "c.npz", "a.npy"})
    void nothingElseIsThrown(String name) throws IOException {
        Path path = folder.resolve(name);
        TensorInfo tensor = TensorInfo.of("weight", ElementType.F32, 4, 6);
        Random random = new Random(1);
        byte[] data = new byte[(int) tensor.getByteCount()];
        random.nextBytes(data);
        try (WeightFileWriter writer =
                WeightFileWriter.create(
                        path, List.of(tensor), Map.of("a", "b"), name.startsWith("c"))) {
            writer.write(data, 0, data.length);
            writer.complete();
            writer.replace();
        }
        byte[] whole = Files.readAllBytes(path);
        int refused = 0;
        for (int i = 0; i < TRIES; i++) {
            byte[] bytes = whole.clone();
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(10) == 0) {
                bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40) - 20);
            }
            Files.write(path, bytes);
            try (WeightFile file = WeightFile.open(path)) {
                for (TensorInfo found : file.getTensors()) {
                    try (InputStream in = file.newInputStream(found)) {
                        assertThat(in.readAllBytes()).hasSize((int) found.getByteCount());
                    }
                }
            } catch (WeightFileException e) {
                assertThat(e).hasMessageStartingWith(path + ": ");
                refused++;
            }
        }
        assertThat(refused).isBetween(1, TRIES);
    }
}
