package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A compressed file is written as a whole, or not at all. */
class CompressedReplacementTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;

    private Path in;
    private Path out;

    /** Compresses, in a Java of its own. */
    static final class Child {

        private Child() {}

        public static void main(String[] args) throws IOException {
            Path in = Path.of(args[0]);
            Path out = Path.of(args[1]);
            try {
                do {
                    SparseTensors.compress(in, out, PATTERN, true);
                } while (args.length > 2);
            } catch (IOException e) {
                System.out.println(e.getMessage());
                System.exit(3);
            }
        }
    }

    @BeforeEach
    void writeInput() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        Random random = new Random(1);
        for (int i = 0; i < 4; i++) {
            TensorInfo tensor = TensorInfo.of("w" + i, ElementType.F32, 1024, 1024);
            byte[] dense = new byte[1 << 22];
            for (int row = 0; row < 1024; row++) {
                for (int column = row % 4; column < 1024; column += 4) {
                    dense[4 * (1024 * row + column)] = (byte) random.nextInt();
                }
            }
            tensors.put(tensor, dense);
        }
        in = SparseTensors.write(folder.resolve("in.safetensors"), Map.of(), tensors);
        out = Files.createDirectory(folder.resolve("out")).resolve("c.safetensors");
    }

    private static List<String> java(Path in, Path out, String... more) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Child.class.getName(),
                                in.toString(),
                                out.toString()));
        command.addAll(List.of(more));
        return command;
    }

    /** The child compresses again and again, so that it is killed at any point. */
    @Test
    void killedOnTheWayItLeavesTheOldFileOrANewOne() throws IOException, InterruptedException {
        Random random = new Random(2);
        int cutShort = 0;
        for (int i = 0; i < 8; i++) {
            Process child =
                    new ProcessBuilder(java(in, out, "forever")).redirectErrorStream(true).start();
            try {
                while (temporaries().isEmpty()) {
                    assertThat(child.isAlive()).isTrue();
                    Thread.sleep(1);
                }
                Thread.sleep(random.nextInt(60));
            } finally {
                child.destroyForcibly();
            }
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            List<Path> left = temporaries();
            cutShort += left.size();
            for (Path temporary : left) {
                Files.delete(temporary);
            }
            if (Files.exists(out)) {
                assertWhole();
                Files.delete(out);
            }
        }
        assertThat(cutShort).as("killed while writing").isPositive();
    }

    private void assertWhole() throws IOException {
        try (CompressedFile file = CompressedFile.open(out)) {
            file.verify();
            assertThat(file.getTensors()).hasSize(4);
        }
    }

    private List<Path> temporaries() throws IOException {
        try (Stream<Path> files = Files.list(out.resolveSibling("."))) {
            return files.filter(file -> file.toString().endsWith(".tmp")).toList();
        }
    }

    /** The system refuses to write more than a megabyte, as a full disk does. */
    @Test
    void withoutRoomTheOldFileStays() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here");
        Files.writeString(out, "old");
        List<String> command = new ArrayList<>();
        command.addAll(List.of("/bin/bash", "-c", "ulimit -f 1024; exec \"$@\"", "bash"));
        command.addAll(java(in, out));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(output).isEqualTo(3);
        assertThat(output).contains(out + ": cannot be written: File too large");
        assertThat(out).hasContent("old");
        assertThat(temporaries()).isEmpty();
    }

    @Test
    void anExistingFileIsReplacedEvenIfItIsTheInput() throws IOException {
        Map<String, byte[]> expected = SparseTensors.read(in);
        Files.writeString(out, "old");
        SparseTensors.compress(in, out, PATTERN, true);
        assertWhole();
        SparseTensors.compress(in, in, PATTERN, false);
        Map<String, byte[]> actual = SparseTensors.read(in);
        expected.forEach((name, bytes) -> assertThat(actual.get(name)).isEqualTo(bytes));
        assertThat(temporaries()).isEmpty();
    }

    @Test
    void aDamagedInputLeavesTheOldFile() throws IOException {
        Files.writeString(out, "old");
        Path cut = folder.resolve("cut.safetensors");
        Files.copy(in, cut);
        try (WeightFile file = WeightFile.open(cut)) {
            try (var channel = Files.newByteChannel(cut, StandardOpenOption.WRITE)) {
                channel.truncate(1 << 20);
            }
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(
                            () ->
                                    new Compressor(PATTERN, true)
                                            .compress(file, file.getTensors(), out))
                    .withMessageContaining("it was cut while being read");
        }
        assertThat(out).hasContent("old");
        assertThat(temporaries()).isEmpty();
    }

    @Test
    void refusesAFolderThatIsReadOnly() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path readOnly = out.resolveSibling(".").normalize();
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assumeTrue(!Files.isWritable(readOnly), "the superuser writes everywhere");
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> SparseTensors.compress(in, out, PATTERN, false))
                    .withMessageContaining("cannot be written: permission denied");
        } finally {
            Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
