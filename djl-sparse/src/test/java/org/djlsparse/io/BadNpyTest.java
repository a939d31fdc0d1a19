package org.djlsparse.io;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BadNpyTest {

    @TempDir Path folder;

    /** The headers precede 24 bytes of data. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), } ~ has 24 bytes of"
                        + " data, must have 32",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), } ~ has 24 bytes of data,"
                        + " must have 20",
                "{'descr': '<f4', 'fortran_order': True, 'shape': (), } ~ must have 4",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3), } ~ no dimension may"
                        + " be negative",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), } ~"
                        + " must be fewer than 2^63 bytes",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), } ~"
                        + " must be a whole number below 2^63",
                "{'descr': '<f4', 'fortran_order': False, 'shape': ('6',), } ~ must be whole",
                "{'descr': '<f4', 'fortran_order': False, 'shape': 6, } ~ header must hold",
                "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,), } ~ header must hold",
                "{'descr': '<f4', 'fortran_order': False} ~ header must hold",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1} ~ header must"
                        + " hold",
                "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)} ~"
                        + " \"descr\" twice",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), ~ not a Python dictionary",
                "{'descr': '<f4' 'fortran_order': False, 'shape': (6,), } ~ not a Python",
                "{'descr': '<f4', 'fortran_order': false, 'shape': (6,), } ~ not a Python",
                "{'descr': '<f4, } ~ not a Python dictionary, from character 10 on",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } x ~ not a Python",
                "{'shape': ((((((((((((((((((1, ~ not a Python",
                "[] ~ not a Python dictionary, from character 0 on",
                "`` ~ not a Python dictionary",
            })
    void refusesAHeader(String header, String message) throws IOException {
        byte[] bytes = HandMade.npy(1, header, new byte[24]);
        assertRefused("w.npy", bytes, message);
        assertRefused("a.npz", HandMade.zip(Map.of("w.npy", bytes)), message);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 255})
    void refusesAVersion(int version) throws IOException {
        byte[] bytes = HandMade.npy(1, HandMade.npyHeader("<f4", false, "()"), new byte[4]);
        bytes[6] = (byte) version;
        assertRefused("w.npy", bytes, "must be 1, 2 or 3");
    }

    @Test
    void refusesALongHeader() throws IOException {
        byte[] bytes = HandMade.npy(2, "", new byte[4]);
        bytes[11] = 0x7f;
        assertRefused("w.npy", bytes, "header of 2130706432 bytes: must be at most 1048576");
    }

    @Test
    void refusesAnythingElse() throws IOException {
        assertRefused("w.npy", new byte[100], "the magic number is missing");
        assertRefused("a.npz", HandMade.zip(Map.of("w.npy", new byte[100])), "magic number");
    }

    @Test
    void refusesAFileCutShort() throws IOException {
        byte[] whole = HandMade.npy(1, HandMade.npyHeader("<f4", false, "(2, 2)"), new byte[16]);
        for (int length = 0; length < whole.length; length++) {
            assertRefused("w.npy", Arrays.copyOf(whole, length), "");
        }
    }

    @Test
    void refusesAZipFileCutShort() throws IOException {
        byte[] npy = HandMade.npy(1, HandMade.npyHeader("<f4", false, "(2, 2)"), new byte[16]);
        byte[] whole = HandMade.zip(Map.of("w.npy", npy));
        for (int length = 0; length < whole.length; length++) {
            Path file = Files.write(folder.resolve("a.npz"), Arrays.copyOf(whole, length));
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> WeightFile.open(file).close())
                    .withMessageStartingWith(file + ": ");
        }
    }

    @Test
    void refusesAnEntryThatIsThereTwice() throws IOException {
        byte[] npy = HandMade.npy(1, HandMade.npyHeader("<f4", false, "()"), new byte[4]);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("w.npy", npy);
        entries.put("v.npy", npy);
        byte[] bytes = HandMade.zip(entries);
        for (int i = 0; i + 5 < bytes.length; i++) {
            if (bytes[i] == 'v' && bytes[i + 1] == '.' && bytes[i + 2] == 'n') {
                bytes[i] = 'w';
            }
        }
        assertZipRefused(bytes, "tensor \"w\": appears twice");
    }

    @Test
    void noticesDamagedData() throws IOException {
        TensorInfo tensor = TensorInfo.of("w", ElementType.U8, 1000);
        Path file = folder.resolve("a.npz");
        try (WeightFileWriter writer =
                WeightFileWriter.create(file, List.of(tensor), Map.of(), false)) {
            writer.write(new byte[1000], 0, 1000);
            writer.complete();
            writer.replace();
        }
        byte[] stored = Files.readAllBytes(file);
        stored[700] ^= 1;
        assertReadFails(stored, "tensor \"w\": is damaged: its checksum differs");

        byte[] random = new byte[1000];
        new Random(1).nextBytes(random);
        byte[] packed =
                HandMade.zip(
                        Map.of(
                                "w.npy",
                                HandMade.npy(
                                        1, HandMade.npyHeader("|u1", false, "(1000,)"), random)));
        for (int at = 200; at < 1000; at += 50) {
            byte[] bytes = packed.clone();
            bytes[at] ^= 0x55;
            assertReadFails(bytes, "tensor \"w\"");
        }
    }

    private void assertReadFails(byte[] bytes, String message) throws IOException {
        Path file = Files.write(folder.resolve("a.npz"), bytes);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(
                        () -> {
                            try (WeightFile open = WeightFile.open(file);
                                    var in = open.newInputStream(open.getTensors().get(0))) {
                                in.readAllBytes();
                            }
                        })
                .withMessageContaining(file + ": ")
                .withMessageContaining(message);
    }

    private void assertZipRefused(byte[] bytes, String message) throws IOException {
        Path file = Files.write(folder.resolve("a.npz"), bytes);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(file).close())
                .withMessage(file + ": " + message);
    }

    private void assertRefused(String name, byte[] bytes, String message) throws IOException {
        Path file = Files.write(folder.resolve(name), bytes);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(file).close())
                .withMessageStartingWith(file + ": tensor \"w\": ")
                .withMessageContaining(message);
    }
}
