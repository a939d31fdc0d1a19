package org.djlsparse.io;

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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class WeightFileWriterTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"a.safetensors, false", "a.npz, false", "a.npz, true", "a.npy, false"})
    void whatIsWrittenIsReadAgain(String name, boolean compressed) throws IOException {
        boolean numpy = !name.endsWith("safetensors");
        List<TensorInfo> tensors = new ArrayList<>();
        for (ElementType type : ElementType.values()) {
            if (!type.isOpaque() && (!numpy || !type.name().matches("BF16|C64|F8_.*|F6_.*|F4"))) {
                tensors.add(TensorInfo.of("x/" + type + "/ü", type, 3, 5, 8));
                tensors.add(
                        TensorInfo.of(
                                "scalar " + type,
                                type,
                                type.getBits() < 8 ? new long[] {4} : new long[0]));
                tensors.add(TensorInfo.of("empty " + type, type, 2, 0));
            }
        }
        if (numpy) {
            tensors.add(
                    new TensorInfo("big", ElementType.F32, ByteOrder.BIG_ENDIAN, new long[] {3}));
        }
        if (name.endsWith("npy")) {
            for (TensorInfo tensor : tensors) {
                assertReadAgain(
                        name,
                        compressed,
                        List.of(
                                new TensorInfo(
                                        "a", tensor.type(), tensor.byteOrder(), tensor.shape())));
            }
        } else {
            assertReadAgain(name, compressed, tensors);
        }
    }

    private void assertReadAgain(String name, boolean compressed, List<TensorInfo> tensors)
            throws IOException {
        Path path = folder.resolve(name);
        Map<String, String> metadata = Map.of("format", "pt ü <\"");
        Random random = new Random(1);
        List<byte[]> data = new ArrayList<>();
        try (WeightFileWriter writer =
                WeightFileWriter.create(path, tensors, metadata, compressed)) {
            for (TensorInfo tensor : tensors) {
                byte[] bytes = new byte[(int) tensor.getByteCount()];
                random.nextBytes(bytes);
                data.add(bytes);
                int half = bytes.length / 2;
                writer.write(bytes, 0, half);
                writer.write(bytes, half, bytes.length - half);
            }
            writer.complete();
            writer.replace();
        }
        try (WeightFile file = WeightFile.open(path)) {
            assertThat(file.isDeflated()).isEqualTo(compressed);
            assertThat(file.getMetadata())
                    .isEqualTo(name.endsWith("safetensors") ? metadata : Map.of());
            assertThat(file.getTensors()).hasSameSizeAs(tensors);
            for (int i = 0; i < tensors.size(); i++) {
                TensorInfo expected = tensors.get(i);
                TensorInfo actual = file.getTensors().get(i);
                assertThat(actual.name()).isEqualTo(expected.name());
                assertThat(actual.type()).isEqualTo(expected.type());
                assertThat(actual.byteOrder()).isEqualTo(expected.byteOrder());
                assertThat(actual.shape()).isEqualTo(expected.shape());
                try (InputStream in = file.newInputStream(actual)) {
                    assertThat(in.readAllBytes()).isEqualTo(data.get(i));
                }
            }
        }
        assertOnly(name);
    }

    @Test
    void safetensorsAsTheReferenceWritesThem() throws IOException {
        Path path = folder.resolve("a.safetensors");
        try (WeightFileWriter writer =
                WeightFileWriter.create(
                        path,
                        List.of(
                                TensorInfo.of("a", ElementType.F16, 1, 2),
                                TensorInfo.of("b", ElementType.U8)),
                        Map.of("k", "v"),
                        false)) {
            writer.write(new byte[] {1, 2, 3, 4}, 0, 4);
            writer.write(new byte[] {5}, 0, 1);
            writer.complete();
            writer.replace();
        }
        String json =
                "{\"__metadata__\":{\"k\":\"v\"},"
                        + "\"a\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[4,5]}}";
        String padded = json + " ".repeat((8 - json.length() % 8) % 8);
        assertThat(Files.readAllBytes(path))
                .isEqualTo(
                        HandMade.safetensors(
                                padded, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5));
    }

    @Test
    void npyAsNumpyWritesIt() throws IOException {
        Path path = folder.resolve("a.npy");
        write(path, TensorInfo.of("x", ElementType.U8, 3), new byte[] {1, 2, 3});
        String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }";
        String padded = header + " ".repeat(128 - 10 - header.length() - 1) + "\n";
        assertThat(Files.readAllBytes(path))
                .isEqualTo(HandMade.npy(1, padded, (byte) 1, (byte) 2, (byte) 3));
    }

    @Test
    void zipEntriesSayTheirSizeInFront() throws IOException {
        Path path = folder.resolve("a.npz");
        write(path, TensorInfo.of("w", ElementType.U8, 3), new byte[] {1, 2, 3});
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer local = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(local.getInt(0)).isEqualTo(0x04034b50);
        assertThat(local.getShort(8)).as("stored").isZero();
        assertThat(local.getShort(6) & 8).as("no data descriptor").isZero();
        assertThat(local.getLong(30 + 5 + 4)).isEqualTo(128 + 3);
        assertThat(local.getLong(30 + 5 + 12)).isEqualTo(128 + 3);
        try (ZipFile zip = new ZipFile(path.toFile())) {
            ZipEntry entry = zip.entries().nextElement();
            assertThat(entry.getName()).isEqualTo("w.npy");
            assertThat(local.getInt(14)).isEqualTo((int) entry.getCrc());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void archivesOfTheSameArraysAreTheSame(boolean deflated) throws IOException {
        TensorInfo tensor = TensorInfo.of("a\\b/ü", ElementType.U8, 200_000);
        byte[] data = new byte[200_000];
        new Random(1).nextBytes(data);
        Path path = folder.resolve("a.npz");
        Path again = folder.resolve("b.npz");
        for (Path file : List.of(path, again)) {
            try (WeightFileWriter writer =
                    WeightFileWriter.create(file, List.of(tensor), Map.of(), deflated)) {
                writer.write(data, 0, 7); // shorter and longer than what is collected
                writer.write(data, 7, data.length - 7);
                writer.complete();
                writer.replace();
            }
        }
        assertThat(again).hasSameBinaryContentAs(path);
        ByteBuffer local = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(local.getInt(10)).as("midnight, 1980-01-01").isEqualTo(0x210000);
        try (WeightFile file = WeightFile.open(path)) {
            assertThat(file.getTensors()).containsExactly(tensor);
            assertThat(SparseTensors.read(file, tensor)).isEqualTo(data);
        }
    }

    @Test
    void anArchiveMayHoldMoreThan65535Arrays() throws IOException {
        List<TensorInfo> tensors = new ArrayList<>();
        for (int i = 0; i <= 0xffff; i++) {
            tensors.add(TensorInfo.of("t" + i, ElementType.U8, 0));
        }
        Path path = folder.resolve("a.npz");
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, Map.of(), false)) {
            writer.complete();
            writer.replace();
        }
        try (ZipFile zip = new ZipFile(path.toFile())) {
            assertThat(zip.size()).isEqualTo(0x10000);
            assertThat(zip.getEntry("t65535.npy")).isNotNull();
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anArrayMayBeBeyond4Gib(boolean compressed) throws IOException {
        Path path = folder.resolve("a.npz");
        long large = (1L << 32) + 5;
        List<TensorInfo> tensors =
                List.of(
                        TensorInfo.of("v", ElementType.U8, large),
                        TensorInfo.of("w", ElementType.U8, 1));
        byte[] bytes = new byte[1 << 24];
        Arrays.fill(bytes, (byte) 3);
        try (WeightFileWriter writer =
                WeightFileWriter.create(path, tensors, Map.of(), compressed)) {
            for (long left = large; left > 0; left -= Math.min(left, bytes.length)) {
                writer.write(bytes, 0, (int) Math.min(left, bytes.length));
            }
            writer.write(bytes, 0, 1);
            writer.complete();
            writer.replace();
        }
        try (ZipFile zip = new ZipFile(path.toFile())) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            assertThat(entries.nextElement().getSize()).isEqualTo(large + 128);
        }
        try (WeightFile file = WeightFile.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    in.skipNBytes(tensor.getByteCount() - 1);
                    assertThat(in.readAllBytes()).containsExactly(3);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.safetensors", "a.npz", "a.npy"})
    void withoutReplacingTheOldFileStays(String name) throws IOException {
        Path path = Files.writeString(folder.resolve(name), "old");
        List<TensorInfo> tensors = List.of(TensorInfo.of("w", ElementType.U8, 4));
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, Map.of(), false)) {
            writer.write(new byte[3], 0, 3);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.write(new byte[2], 0, 2))
                    .withMessage("2 bytes for tensor \"w\": must be at most the 1 that it lacks");
            assertThatIllegalStateException()
                    .isThrownBy(writer::complete)
                    .withMessage("tensor \"w\" lacks 1 bytes");
            writer.write(new byte[1], 0, 1);
            assertThatIllegalStateException().isThrownBy(writer::replace);
            writer.complete();
            assertThat(path).hasContent("old");
        }
        assertThat(path).hasContent("old");
        assertOnly(name);
    }

    @Test
    void keepsPermissionsAndLinks() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path path = Files.writeString(folder.resolve("a.npy"), "old");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
        Path link = Files.createSymbolicLink(folder.resolve("link.npy"), path);

        write(link, TensorInfo.of("w", ElementType.U8), new byte[] {9});

        assertThat(link).isSymbolicLink();
        assertThat(Files.size(path)).isEqualTo(129);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void refusesWhereItCannotWrite() throws IOException {
        TensorInfo tensor = TensorInfo.of("w", ElementType.U8);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> write(folder.resolve("no/a.npy"), tensor, new byte[1]))
                .withMessageContaining("its folder does not exist");
        Path directory = Files.createDirectory(folder.resolve("dir.npy"));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> write(directory, tensor, new byte[1]))
                .withMessageContaining("is a folder");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> write(folder.resolve("a.bin"), tensor, new byte[1]))
                .withMessageContaining(
                        "must end in .safetensors, .safetensors.index.json, .npz or .npy");
    }

    @Test
    void refusesWhatAFormatCannotHold() {
        TensorInfo u8 = TensorInfo.of("w", ElementType.U8);
        TensorInfo bf16 = TensorInfo.of("w", ElementType.BF16);
        TensorInfo big = new TensorInfo("w", ElementType.F32, ByteOrder.BIG_ENDIAN, new long[0]);
        assertCannotHold("a.npy", "2 tensors: must be 1 for .npy", u8, u8);
        assertCannotHold("a.npz", "0 tensors: must be at least 1 for .npz");
        assertCannotHold("a.npz", "tensor \"w\": the name appears twice", u8, u8);
        assertCannotHold("a.npz", "tensor \"w\": NumPy has no type BF16", bf16);
        TensorInfo opaque = TensorInfo.opaque("w", ElementType.OPAQUE, "F5", 3, 4);
        assertCannotHold("a.npz", "tensor \"w\": NumPy has no type F5", opaque);
        assertCannotHold("a.npy", "tensor \"w\": NumPy has no type F5", opaque);
        TensorInfo text = TensorInfo.opaque("w", ElementType.OPAQUE_ARRAY, "<U5", 148, 1);
        assertCannotHold("a.safetensors", "tensor \"w\": safetensors has no type <U5", text);
        TensorInfo entry = TensorInfo.opaque("w.npy", ElementType.OPAQUE_ENTRY, "file", 3, 3);
        assertCannotHold(
                "a.npz", "tensor \"w.npy\": an entry that ends in .npy is an array", entry);
        assertCannotHold("a.npy", "tensor \"w.npy\": NumPy has no type file", entry);
        assertCannotHold(
                "a.npz",
                "tensor \"\ud800\": the name is not valid Unicode",
                TensorInfo.of("\ud800", ElementType.U8));
        assertCannotHold("a.safetensors", "tensor \"w\": safetensors must be little-endian", big);
        assertCannotHold(
                "a.safetensors",
                "tensor \"__metadata__\": safetensors keeps this name for itself",
                TensorInfo.of("__metadata__", ElementType.U8));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                write(
                                        folder.resolve("a.npz"),
                                        TensorInfo.of("w".repeat(65532), ElementType.U8),
                                        new byte[1]))
                .withMessageEndingWith("the name is too long for an .npz");
    }

    @Test
    void otherProgramsReadWhatIsWritten() throws IOException, InterruptedException {
        Path safetensors = folder.resolve("a.safetensors");
        Path npy = folder.resolve("a.npy");
        Path npz = folder.resolve("a.npz");
        Path compressed = folder.resolve("c.npz");
        byte[] data = HandMade.little(24).putFloat(1).putFloat(-2).putFloat(3.5f).array();
        TensorInfo tensor = TensorInfo.of("x/ü", ElementType.F32, 3, 2);
        write(safetensors, tensor, data);
        write(npy, tensor, data);
        write(npz, tensor, data);
        try (WeightFileWriter writer =
                WeightFileWriter.create(compressed, List.of(tensor), Map.of(), true)) {
            writer.write(data, 0, data.length);
            writer.complete();
            writer.replace();
        }
        String script =
                """
                import ast, json, struct, sys, zipfile
                def npy(b):
                    assert b[:8] == b'\\x93NUMPY\\x01\\x00', b[:8]
                    n, = struct.unpack('<H', b[8:10])
                    assert (10 + n) % 64 == 0
                    h = ast.literal_eval(b[10:10 + n].decode())
                    assert h == {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)}, h
                    return struct.unpack('<6f', b[10 + n:])
                def safetensors(b):
                    n, = struct.unpack('<Q', b[:8])
                    assert (8 + n) % 8 == 0
                    h = json.loads(b[8:8 + n])
                    t = h['x/\\u00fc']
                    assert t['dtype'] == 'F32' and t['shape'] == [3, 2], t
                    start, end = t['data_offsets']
                    return struct.unpack('<6f', b[8 + n:][start:end])
                expected = (1, -2, 3.5, 0, 0, 0)
                assert safetensors(open(sys.argv[1], 'rb').read()) == expected
                assert npy(open(sys.argv[2], 'rb').read()) == expected
                for path in sys.argv[3:]:
                    z = zipfile.ZipFile(path)
                    assert z.testzip() is None
                    assert z.namelist() == ['x/\\u00fc.npy'], z.namelist()
                    assert npy(z.read('x/\\u00fc.npy')) == expected
                print('plain', end='')
                try:
                    import numpy
                except ImportError:
                    sys.exit()
                a = numpy.load(sys.argv[2])
                for path in sys.argv[3:]:
                    b = numpy.load(path)['x/\\u00fc']
                    assert a.dtype == b.dtype == '<f4' and (a == b).all() and a.shape == (3, 2)
                    assert tuple(a.flat) == expected
                """;
        Process python;
        try {
            python =
                    new ProcessBuilder(
                                    "python3",
                                    "-c",
                                    script,
                                    safetensors.toString(),
                                    npy.toString(),
                                    npz.toString(),
                                    compressed.toString())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            assumeTrue(false, "no python3 here");
            return;
        }
        String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor()).as(output).isZero();
        assertThat(output).isEqualTo("plain");
    }

    private void assertCannotHold(String name, String message, TensorInfo... tensors) {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                WeightFileWriter.create(
                                                folder.resolve(name),
                                                List.of(tensors),
                                                Map.of(),
                                                false)
                                        .close())
                .withMessage(message);
        assertThat(folder).isEmptyDirectory();
    }

    private void assertOnly(String name) throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(folder.resolve(name));
        }
    }

    private static void write(Path path, TensorInfo tensor, byte[] bytes) throws IOException {
        try (WeightFileWriter writer =
                WeightFileWriter.create(path, List.of(tensor), Map.of(), false)) {
            writer.write(bytes, 0, bytes.length);
            writer.complete();
            writer.replace();
        }
    }
}
