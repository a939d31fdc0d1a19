package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.BeforeEach;
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
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DamagedCompressedFileTest {

    private static final int TRIES = 1000;

    @TempDir Path folder;

    private Path path;
    private byte[] whole;
    private Map<String, byte[]> expected;

    @BeforeEach
    void compress() throws IOException {
        Random random = new Random(3);
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        for (ElementType type : List.of(ElementType.F32, ElementType.BF16)) {
            TensorInfo tensor = TensorInfo.of("w" + type, type, 12, 22);
            tensors.put(tensor, SparseTensors.bothWays(tensor, NmPattern.of(2, 4), random));
        }
        tensors.put(TensorInfo.of("bias", ElementType.F32, 5), new byte[20]);
        Path in = SparseTensors.write(folder.resolve("in.safetensors"), Map.of("a", "b"), tensors);
        path = folder.resolve("out.safetensors");
        SparseTensors.compress(in, path, NmPattern.of(2, 4), true);
        whole = Files.readAllBytes(path);
        expected = SparseTensors.read(in);
    }

    /** Any damage to a file is noticed. */
    @Test
    void aThousandDamagesAreFound() throws IOException {
        Random random = new Random(4);
        int refused = 0;
        int transposesOnly = 0;
        for (int i = 0; i < TRIES; i++) {
            byte[] bytes = damage(random);
            Files.write(path, bytes);
            try (CompressedFile file = CompressedFile.open(path)) {
                assertSame(file);
                if (Arrays.equals(bytes, whole)) {
                    file.verify();
                    continue;
                }
                assertThatExceptionOfType(WeightFileException.class).isThrownBy(file::verify);
                transposesOnly++;
            } catch (WeightFileException e) {
                assertThat(e).hasMessageStartingWith(path + ": ");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(TRIES / 2);
        assertThat(transposesOnly).isBetween(1, TRIES / 2);
    }

    private byte[] damage(Random random) {
        byte[] bytes = whole.clone();
        int header = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        switch (random.nextInt(6)) {
            case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 2 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
            case 3 -> { // an edit of the header that may well leave it valid
                int at = 8 + random.nextInt(header);
                bytes[at] = (byte) "0123456789x:\", []{}".charAt(random.nextInt(19));
            }
            case 4 -> { // two regions change places
                int length = 1 + random.nextInt(64);
                int one = 8 + header + random.nextInt(bytes.length - 8 - header - length);
                int other = 8 + header + random.nextInt(bytes.length - 8 - header - length);
                System.arraycopy(whole, one, bytes, other, length);
                System.arraycopy(whole, other, bytes, one, length);
            }
            default -> { // a run of random bytes
                byte[] run = new byte[1 + random.nextInt(32)];
                random.nextBytes(run);
                int at = random.nextInt(bytes.length - run.length);
                System.arraycopy(run, 0, bytes, at, run.length);
            }
        }
        return bytes;
    }

    /** The tensors are right; a transpose is, or is refused. */
    private void assertSame(CompressedFile file) throws IOException {
        assertThat(file.getTensors().stream().map(SparseTensors::describe))
                .containsExactlyElementsOf(expected.keySet());
        for (StoredTensor stored : file.getStoredTensors()) {
            TensorInfo tensor = stored.tensor();
            byte[] dense = Objects.requireNonNull(expected.get(SparseTensors.describe(tensor)));
            assertThat(SparseTensors.read(file, tensor)).isEqualTo(dense);
            if (stored.bothWays()) {
                try (InputStream in = file.newTransposedInputStream(tensor)) {
                    assertThat(in.readAllBytes()).isEqualTo(SparseTensors.transpose(tensor, dense));
                } catch (WeightFileException e) {
                    assertThat(e).hasMessageContaining("is damaged: ");
                }
            }
        }
    }

    /** The checksums match: the file comes from a wrong program. */
    @ParameterizedTest
    @CsvSource({
        "'wF32.indices', 0, 0b0011, 'row 0, column 0: index 0 after 3: must be larger'",
        "'wF32.indices', 0, 0b0101, 'row 0, column 0: index 1 after 1: must be larger'",
        // The last of six groups has two places.
        "'wF32.indices', 2, 0b11100100, 'row 0, column 20: has a value past the edge, at index 3'",
        "'wBF16.indices', 35, 0b11100100, 'row 11, column 20: has a value past the edge'",
    })
    void wrongIndicesAreFound(String part, int offset, String bits, String message)
            throws IOException {
        byte[] bytes = whole.clone();
        bytes[begin(part) + offset] = (byte) Integer.parseInt(bits.substring(2), 2);
        String values = part.replace("indices", "values");
        int size = part.contains("BF16") ? 2 : 4;
        int row = offset / 3;
        int last = begin(values) + size * (12 * (row + 1) - 1);
        bytes[last] |= 1; // no padding
        Files.write(path, withChecksums(bytes));
        assertRefused("is damaged: " + message);
    }

    /** 3:7 takes a bitmap of seven bits for each of three groups, and leaves three bits. */
    @ParameterizedTest
    @CsvSource({
        "0, 0x7f, 'has more than 3 bits set'",
        "0, 0x01, 'must have 3'",
        "2, 0x80, 'spare bits must be 0'",
    })
    void wrongBitmapsAreFound(int offset, String bits, String message) throws IOException {
        TensorInfo tensor = TensorInfo.of("w", ElementType.F32, 3, 21);
        Path in =
                SparseTensors.write(
                        folder.resolve("bits.safetensors"),
                        Map.of(),
                        Map.of(tensor, new byte[4 * 63]));
        SparseTensors.compress(in, path, NmPattern.of(3, 7), false);
        byte[] bytes = Files.readAllBytes(path);
        int at = begin("w.indices") + offset;
        int value = Integer.decode(bits);
        bytes[at] = (byte) (value == 0x80 ? bytes[at] | value : (bytes[at] & 0x80) | value);
        Files.write(path, withChecksums(bytes));
        assertRefused(message);
    }

    /** The same length, so that offsets stay right. */
    @ParameterizedTest
    @CsvSource({
        "'F32 12x22 2:4 both', 'F32 11x24 2:4 both', 'its part \"wF32.values\" must be there'",
        "'F32 12x22 2:4 both', 'F32 12x22 4:2 both', 'pattern 4:2: N must be from 1 to M = 2'",
        "'F32 12x22 2:4 both', 'F32 12x22 2:4 beth', 'must be like'",
        "'F32 12x22 2:4 both', 'F32 12x00 2:4 both', 'must be like'",
        "'F32 12x22 2:4 both', 'F32 12x22 9:9 both', 'its part \"wF32.values\" must be there'",
        "'compressed\":\"1', 'compressed\":\"2', 'is of version 2 of the compressed format'",
        "'metadata.a', 'metadatb.a', '\"metadatb.a\" is unknown'",
        "'djl-sparse.sha256', 'djl-sparse.sha257', 'its last tensor must be'",
        "'wF32.indices', 'wF32.indicet', 'its part \"wF32.indices\" must be there'",
    })
    void wrongHeadersAreFound(String from, String to, String message) throws IOException {
        String text = new String(whole, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(from);
        byte[] bytes = text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
        Files.write(path, withChecksums(bytes));
        assertRefused(message);
    }

    /** Each of these numbers is possible, their products are not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "F64 576460752303423487x1 2:4 inputs",
                "F64 1x9223372036854775807 2:4 inputs",
                "F64 1x99999999999999999999 2:4 inputs",
                "BF16 4x4 999999998:999999999 both",
                "F16 4x4x4294967296x4294967296 1:4 both",
            })
    void hugeShapesAreFound(String text) {
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(
                        () ->
                                CompressedHeader.parse(
                                        path.toString(),
                                        Map.of("tensor.w", text),
                                        List.of(TensorInfo.of("w.values", ElementType.F64, 1))));
    }

    private void assertRefused(String message) {
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> SparseTensors.read(path))
                .withMessageContaining(message);
    }

    private int begin(String part) throws IOException {
        try (SafetensorsFile file =
                SafetensorsFile.read(path.toString(), InputFile.of(path).open())) {
            long begin = file.readHeader().length;
            for (TensorInfo tensor : file.getTensors()) {
                if (tensor.name().equals(part)) {
                    break;
                }
                begin += tensor.getByteCount();
            }
            return (int) begin;
        }
    }

    /** Makes the checksums right. */
    private static byte[] withChecksums(byte[] bytes) throws IOException {
        Path copy = Files.createTempFile("copy", ".safetensors");
        try {
            Files.write(copy, bytes);
            try (SafetensorsFile file =
                    SafetensorsFile.read(copy.toString(), InputFile.of(copy).open())) {
                List<TensorInfo> parts = file.getTensors();
                byte[] fixed = bytes.clone();
                int at = bytes.length - 32 * parts.size();
                MessageDigest all = Sha256.newDigest();
                all.update(file.readHeader());
                for (TensorInfo part : parts.subList(0, parts.size() - 1)) {
                    byte[] sum = Sha256.newDigest().digest(SparseTensors.read(file, part));
                    System.arraycopy(sum, 0, fixed, at, 32);
                    all.update(sum);
                    at += 32;
                }
                System.arraycopy(all.digest(), 0, fixed, at, 32);
                return fixed;
            }
        } finally {
            Files.delete(copy);
        }
    }
}
