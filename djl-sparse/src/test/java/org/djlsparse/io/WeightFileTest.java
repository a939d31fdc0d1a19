package org.djlsparse.io;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class WeightFileTest {

    private static final byte[] EIGHT = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            mode = EnumSource.Mode.MATCH_NONE,
            names = {"F6_.*", "OPAQUE.*"})
    void readsEachTypeOfSafetensors(ElementType type) throws IOException {
        String header =
                "{\"w\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,8]}}   "
                        .formatted(type, 64 / type.getBits());
        try (WeightFile file = open("a.safetensors", HandMade.safetensors(header, EIGHT))) {
            assertTensor(file, 0, "w", type, 64L / type.getBits());
            assertThat(file.getMetadata()).isEmpty();
            assertThat(file.isDeflated()).isFalse();
            assertThat(read(file, 0)).isEqualTo(EIGHT);
        }
    }

    @Test
    void tensorsComeInTheHeadersOrder() throws IOException {
        String header =
                """
                {"z/ü\\u00e9":{"dtype":"I8","shape":[2,0,3],"data_offsets":[5,5],"more":{"x":[1]}},
                 "__metadata__":{"format":"pt","b":"","a":"1"},
                 "late":{"dtype":"U8","shape":[3],"data_offsets":[5,8]},
                 "":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]},
                 "early":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}
                """;
        try (WeightFile file = open("a.safetensors", HandMade.safetensors(header, EIGHT))) {
            assertThat(file.getTensors().stream().map(TensorInfo::name))
                    .containsExactly("z/üé", "late", "", "early");
            assertThat(file.getMetadata())
                    .containsExactly(
                            Map.entry("format", "pt"), Map.entry("b", ""), Map.entry("a", "1"));
            assertTensor(file, 0, "z/üé", ElementType.I8, 2, 0, 3);
            assertThat(read(file, 0)).isEmpty();
            assertThat(read(file, 1)).containsExactly(6, 7, 8);
            assertTensor(file, 2, "", ElementType.BOOL);
            assertThat(read(file, 2)).containsExactly(5);
            assertThat(read(file, 3)).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void offsetsMayBeBeyondAnInt() throws IOException {
        long first = (1L << 31) + 8;
        byte[] start =
                HandMade.safetensors(
                        """
                        {"v":{"dtype":"F16","shape":[%d,2],"data_offsets":[0,%d]},
                         "w":{"dtype":"U8","shape":[3],"data_offsets":[%d,%d]}}\
                        """
                                .formatted(first / 4, first, first, first + 3));
        Path path = Files.write(folder.resolve("large.safetensors"), start);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(start.length + first - 1);
            file.write(EIGHT, 0, 4);
        }
        try (WeightFile file = WeightFile.open(path)) {
            assertThat(read(file, 1)).containsExactly(2, 3, 4);
            try (InputStream in = file.newInputStream(file.getTensors().get(0))) {
                byte[] some = new byte[1 << 20];
                for (long left = first - 1; left > 0; ) {
                    left -= in.readNBytes(some, 0, (int) Math.min(some.length, left));
                }
                assertThat(in.readAllBytes()).containsExactly(1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "<f8, F64, 1",
        "<f4, F32, 2",
        "<f2, F16, 3",
        ">f8, F64, 1",
        ">f4, F32, 2",
        ">f2, F16, 3",
        "|b1, BOOL, 1",
        "|i1, I8, 1",
        "|u1, U8, 1",
        "<u1, U8, 2",
        "<i2, I16, 1",
        "<i4, I32, 2",
        "<i8, I64, 3",
        "<u2, U16, 1",
        "<u4, U32, 2",
        ">u8, U64, 3",
        // Other spellings that NumPy reads; without a byte order, they have the machine's.
        "|f4, F32, 1",
        "=f4, F32, 1",
        "f4, F32, 1",
        "<f, F32, 1",
        "f, F32, 1",
        "float32, F32, 1",
        "single, F32, 1",
        ">d, F64, 1",
        "float, F64, 1",
        "double, F64, 1",
        "float64, F64, 1",
        "<e, F16, 1",
        "half, F16, 1",
        "float16, F16, 1",
        ">h, I16, 1",
        "int16, I16, 1",
        "intc, I32, 1",
        "longlong, I64, 1",
        "<q, I64, 1",
        "b, I8, 1",
        "int8, I8, 1",
        "?, BOOL, 1",
        "bool, BOOL, 1",
        "B, U8, 1",
        "uint8, U8, 1",
        "ushort, U16, 1",
        "I, U32, 1",
        "<Q, U64, 1",
    })
    void readsEachTypeOfNpy(String descr, ElementType type, int version) throws IOException {
        long count = 8 / type.getBytes();
        String header = HandMade.npyHeader(descr, false, "(" + count + "L,)");
        byte[] npy = HandMade.npy(version, header, EIGHT);
        ByteOrder order = descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        try (WeightFile file = open("a.b.npy", npy)) {
            assertTensor(file, 0, "a.b", type, count);
            assertThat(file.getTensors().get(0).byteOrder()).isEqualTo(order);
            assertThat(read(file, 0)).isEqualTo(EIGHT);
        }
        try (WeightFile file = open("a.npz", HandMade.zip(Map.of("dir/é.npy", npy)))) {
            assertTensor(file, 0, "dir/é", type, count);
            assertThat(file.isDeflated()).isTrue();
            assertThat(file.getTensors().get(0).byteOrder()).isEqualTo(order);
            assertThat(read(file, 0)).isEqualTo(EIGHT);
        }
    }

    @Test
    void readsScalarsAndEmptyArrays() throws IOException {
        byte[] scalar =
                HandMade.npy(
                        1,
                        "{\"shape\":(),\"descr\":\"<f4\",\"fortran_order\":True}",
                        new byte[] {1, 2, 3, 4});
        try (WeightFile file = open("a.npy", scalar)) {
            assertTensor(file, 0, "a", ElementType.F32);
            assertThat(read(file, 0)).containsExactly(1, 2, 3, 4);
        }
        byte[] empty = HandMade.npy(1, HandMade.npyHeader("<f4", true, "(3, 0, 2)"));
        try (WeightFile file = open("a.npy", empty)) {
            assertTensor(file, 0, "a", ElementType.F32, 3, 0, 2);
            assertThat(read(file, 0)).isEmpty();
        }
        try (WeightFile file = open("a.npz", HandMade.zip(Map.of("a.npy", empty)))) {
            assertThat(read(file, 0)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(5, 3)", "(2, 3, 4)", "(7,)", "(1, 4)", "(4, 1)"})
    void readsColumnMajorArraysInRows(String shape) throws IOException {
        long[] dimensions =
                Arrays.stream(shape.replaceAll("[() ]", "").split(","))
                        .mapToLong(Long::parseLong)
                        .toArray();
        int count = (int) Arrays.stream(dimensions).reduce(1, (a, b) -> a * b);
        // Each entry's value is its place in row-major order.
        ByteBuffer data = ByteBuffer.allocate(2 * count);
        for (int place = 0; place < count; place++) {
            long rest = place;
            long row = 0;
            for (int axis = 0; axis < dimensions.length; axis++) {
                long index = rest % dimensions[axis];
                rest /= dimensions[axis];
                long stride = 1;
                for (int later = axis + 1; later < dimensions.length; later++) {
                    stride *= dimensions[later];
                }
                row += index * stride;
            }
            data.putShort((short) row);
        }
        byte[] npy = HandMade.npy(1, HandMade.npyHeader(">i2", true, shape), data.array());
        byte[] expected = new byte[2 * count];
        for (int i = 0; i < count; i++) {
            expected[2 * i + 1] = (byte) i;
        }
        try (WeightFile file = open("a.npy", npy)) {
            assertTensor(file, 0, "a", ElementType.I16, dimensions);
            assertThat(read(file, 0)).isEqualTo(expected);
            try (InputStream in = file.newInputStream(file.getTensors().get(0))) {
                byte[] parts = new byte[expected.length];
                parts[0] = (byte) in.read();
                for (int at = 1; at < parts.length; ) {
                    at += in.readNBytes(parts, at, Math.min(3, parts.length - at));
                }
                assertThat(parts).isEqualTo(expected);
                assertThat(in.read()).isEqualTo(-1);
            }
        }
        try (WeightFile file = open("a.npz", HandMade.zip(Map.of("a.npy", npy)))) {
            assertThat(read(file, 0)).isEqualTo(expected);
        }
    }

    @Test
    void namesAreNeverPaths() throws IOException {
        byte[] npy =
                HandMade.npy(1, HandMade.npyHeader("|u1", true, "(2, 2)"), new byte[] {1, 2, 3, 4});
        try (WeightFile file = open("a.npz", HandMade.zip(Map.of("../../out.npy", npy)))) {
            assertTensor(file, 0, "../../out", ElementType.U8, 2, 2);
            assertThat(read(file, 0)).containsExactly(1, 3, 2, 4);
        }
        assertThat(folder.resolve("../../out.npy")).doesNotExist();
    }

    @Test
    void refusesWhatIsNoFile() throws IOException {
        Path none = folder.resolve("none.npz");
        assertRefused(none, none + ": no such file");
        Path directory = Files.createDirectory(folder.resolve("dir.npy"));
        assertRefused(directory, directory + ": is a folder, must be a file");
        Path text = Files.writeString(folder.resolve("a.txt"), "a");
        assertRefused(
                text, text + ": must end in .safetensors, .safetensors.index.json, .npz or .npy");
        Path zip = Files.write(folder.resolve("a.NPZ"), "no zip".getBytes(StandardCharsets.UTF_8));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(zip).close())
                .withMessageStartingWith(zip + ": cannot be read: zip");
    }

    @Test
    void refusesATensorOfAnotherFile() throws IOException {
        byte[] npy = HandMade.npy(1, HandMade.npyHeader("|u1", false, "()"), (byte) 1);
        TensorInfo other = TensorInfo.of("b", ElementType.U8);
        try (WeightFile file = open("a.npy", npy);
                WeightFile archive = open("a.npz", HandMade.zip(Map.of("a.npy", npy)))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.newInputStream(other).close())
                    .withMessageContaining("no tensor \"b\"");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> archive.newInputStream(other).close());
        }
    }

    private WeightFile open(String name, byte[] bytes) throws IOException {
        return WeightFile.open(Files.write(folder.resolve(name), bytes));
    }

    private static byte[] read(WeightFile file, int tensor) throws IOException {
        try (InputStream in = file.newInputStream(file.getTensors().get(tensor))) {
            return in.readAllBytes();
        }
    }

    private static void assertTensor(
            WeightFile file, int index, String name, ElementType type, long... shape) {
        TensorInfo tensor = file.getTensors().get(index);
        assertThat(tensor.name()).isEqualTo(name);
        assertThat(tensor.type()).isEqualTo(type);
        assertThat(tensor.shape()).isEqualTo(shape);
    }

    private static void assertRefused(Path file, String message) {
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(file).close())
                .withMessage(message);
    }
}
