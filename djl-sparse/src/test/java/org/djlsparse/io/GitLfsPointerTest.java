package org.djlsparse.io;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class GitLfsPointerTest {

    /** The example of the specification. */
    private static final String POINTER =
            """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 12345
            """;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"a.safetensors", "a.npz", "a.npy", "a.safetensors.index.json"})
    void isRecognised(String name) throws IOException {
        Path path = Files.writeString(folder.resolve(name), POINTER);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(path))
                .withMessage(
                        path
                                + ": is a Git LFS pointer to the file, which has 12345 bytes: get"
                                + " it with \"git lfs pull\"");
    }

    @Test
    void isRecognisedAmongShards() throws IOException {
        Path shard = Files.writeString(folder.resolve("x-1.safetensors"), POINTER);
        Path index =
                Files.writeString(
                        folder.resolve("x.safetensors.index.json"),
                        "{\"weight_map\": {\"a\": \"x-1.safetensors\"}}");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(index))
                .withMessageStartingWith(
                        index + ": shard " + shard.getFileName() + ": is a Git LFS pointer");
    }

    @Test
    void otherTextIsNone() throws IOException {
        Path path = Files.writeString(folder.resolve("a.safetensors"), "version 2\nsize 7\n");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(path))
                .withMessageContaining("header of");
    }
}
