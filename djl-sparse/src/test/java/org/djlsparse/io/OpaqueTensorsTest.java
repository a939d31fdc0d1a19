package org.djlsparse.io;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Unknown content is carried to the byte. */
class OpaqueTensorsTest {

    /** Sizes by the formats' definitions; a type without one is not known here. */
    private static final String TYPES =
            """
            {"a":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},
             "__metadata__":{"format":"pt"},
             "b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]},
             "c":{"dtype":"F6_E3M2","shape":[2,2],"data_offsets":[6,9]},
             "w":{"dtype":"F32","shape":[2,4],"data_offsets":[9,41]},
             "d":{"dtype":"F8_E8M0","shape":[2],"data_offsets":[41,43]},
             "e":{"dtype":"F8_E4M3FNUZ","shape":[2],"data_offsets":[43,45]},
             "f":{"dtype":"F8_E5M2FNUZ","shape":[],"data_offsets":[45,46]},
             "g":{"dtype":"C64","shape":[1,1],"data_offsets":[46,54]},
             "h":{"dtype":"I4_x2é","shape":[5,7],"data_offsets":[54,72]},
             "i":{"dtype":"OPAQUE","shape":[],"data_offsets":[72,73]},
             "j":{"dtype":"","shape":[0],"data_offsets":[73,73]}}
            """;

    @TempDir Path folder;

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    /** With zeros in w, so that it can be compressed. */
    private Path writeTypes() throws IOException {
        byte[] data = random(73);
        Arrays.fill(data, 9, 17, (byte) 0);
        Arrays.fill(data, 25, 33, (byte) 0);
        return Files.write(folder.resolve("in.safetensors"), HandMade.safetensors(TYPES, data));
    }

    private static void copy(Path in, Path out) throws IOException {
        try (WeightFile file = WeightFile.open(in);
                WeightFileWriter writer = WeightFileWriter.createLike(out, file)) {
            SparseTensors.copy(file, writer);
            writer.complete();
            writer.replace();
        }
    }

    /** The header, and the data after it. */
    private static Map.Entry<JsonObject, ByteBuffer> parse(Path path) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) file.getLong()];
        file.get(header);
        String json = new String(header, StandardCharsets.UTF_8);
        return Map.entry(JsonParser.parseString(json).getAsJsonObject(), file.slice());
    }

    @Test
    void readsTypesThatItOnlyCarries() throws IOException {
        Path in = writeTypes();
        byte[] data = parse(in).getValue().array();
        try (WeightFile file = WeightFile.open(in)) {
            TensorInfo h = file.getTensors().get(8);
            assertThat(h.type()).isEqualTo(ElementType.OPAQUE);
            assertThat(h.typeName()).isEqualTo("I4_x2é");
            assertThat(h.shape()).containsExactly(5, 7);
            assertThat(h.getCount()).isEqualTo(35);
            assertThat(h.getByteCount()).isEqualTo(18);
            assertThat(SparseTensors.read(file, h))
                    .isEqualTo(Arrays.copyOfRange(data, data.length - 19, data.length - 1));
            TensorInfo a = file.getTensors().get(0);
            assertThat(a.type()).isEqualTo(ElementType.F4);
            assertThat(a.getCount()).isEqualTo(6);
            assertThat(a.getByteCount()).isEqualTo(3);
            assertThat(file.getTensors().get(9).type()).isEqualTo(ElementType.OPAQUE);
        }
    }

    @Test
    void writesThemAgain() throws IOException {
        Path in = writeTypes();
        Path out = folder.resolve("out.safetensors");
        copy(in, out);
        assertThat(parse(out)).isEqualTo(parse(in));
        assertThat(parse(out).getKey().keySet())
                .containsExactlyInAnyOrderElementsOf(parse(in).getKey().keySet());
    }

    @Test
    void writesThemToShards() throws IOException {
        Path in = writeTypes();
        Path index = folder.resolve("x.safetensors.index.json");
        copy(in, index);
        Path shard = folder.resolve("x-00001-of-00001.safetensors");
        assertThat(parse(shard)).isEqualTo(parse(in));
        Path out = folder.resolve("y.safetensors.index.json");
        copy(index, out);
        assertThat(folder.resolve("y-00001-of-00001.safetensors")).hasSameBinaryContentAs(shard);
    }

    @Test
    void compressedFilesCarryThem() throws IOException {
        Path in = writeTypes();
        Path compressed = folder.resolve("c.safetensors");
        CompressionResult result = SparseTensors.compress(in, compressed, NmPattern.of(2, 4), true);
        assertThat(result.reasons())
                .containsEntry("h", "data type I4_x2é, which is not in [F64, F32, F16, BF16]")
                .containsEntry("a", "data type F4, which is not in [F64, F32, F16, BF16]");
        assertThat(parse(compressed).getKey().keySet()).contains("w.values", "h");
        Path out = folder.resolve("out.safetensors");
        copy(compressed, out);
        assertThat(parse(out)).isEqualTo(parse(in));
    }

    @Test
    void fileOfMasksKeepsAnOpaqueTensor() throws IOException {
        Path path = folder.resolve("masks.safetensors");
        TensorInfo tensor = TensorInfo.opaque("t", ElementType.OPAQUE, "F5", 3, 4);
        new MaskFile(Map.of(), Map.of())
                .write(
                        path,
                        Collections.singletonList(
                                new TensorSource(tensor, out -> out.write(new byte[] {1, 2, 3}))));
        try (MaskFileReader reader = MaskFileReader.open(path)) {
            assertThat(reader.getTensors()).containsExactly(tensor);
        }
        byte[] bytes = Files.readAllBytes(path);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("F5") + 1] = '6';
        Files.write(path, bytes);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MaskFileReader.open(path))
                .withMessageContaining("checksum");
    }

    private static Map<String, byte[]> archive() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        byte[] weight = random(32);
        entries.put("w.npy", HandMade.npy(1, HandMade.npyHeader("<f4", false, "(2, 4)"), weight));
        entries.put("words.npy", npy("<U2", "(3,)", 24));
        entries.put("readme.txt", "ü\n".getBytes(StandardCharsets.UTF_8));
        entries.put("folder/", new byte[0]);
        entries.put("folder/bytes.npy", npy("|S3", "(2,)", 6));
        entries.put("objects.npy", npy("|O", "(2, 2)", 77));
        entries.put("complex.npy", npy("<c8", "()", 8));
        entries.put("days.npy", npy("<M8[D]", "(1,)", 8));
        entries.put("long.npy", npy("<f16", "(1,)", 16));
        entries.put("raw.npy", npy("|V2", "(0,)", 0));
        entries.put(
                "fields.npy",
                HandMade.npy(
                        1,
                        "{'descr': [('x', '<f4', (2,)), ((\"a \\\\'b\\\\'\", 'c'), '<i4')],"
                                + " 'fortran_order': True, 'shape': (2,), }",
                        random(24)));
        entries.put("empty.bin", new byte[0]);
        entries.put(
                "last.npy", HandMade.npy(1, HandMade.npyHeader(">i2", false, "(1,)"), random(2)));
        return entries;
    }

    private static byte[] npy(String descr, String shape, int size) {
        return HandMade.npy(2, HandMade.npyHeader(descr, false, shape) + "  ", random(size));
    }

    @ParameterizedTest
    @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
    void archivesKeepTheirOtherEntries(int method) throws IOException {
        Map<String, byte[]> entries = archive();
        Path in = Files.write(folder.resolve("in.npz"), HandMade.zip(entries, method));
        Path out = folder.resolve("out.npz");
        copy(in, out);
        try (ZipFile zip = new ZipFile(out.toFile())) {
            assertThat(Collections.list(zip.entries()).stream().map(ZipEntry::getName))
                    .containsExactlyElementsOf(entries.keySet());
            for (ZipEntry entry : Collections.list(zip.entries())) {
                byte[] bytes = zip.getInputStream(entry).readAllBytes();
                byte[] expected = entries.getOrDefault(entry.getName(), new byte[0]);
                if (entry.getName().matches("(w|last).npy")) { // with a header of our own
                    assertThat(bytes)
                            .endsWith(
                                    Arrays.copyOfRange(
                                            expected, expected.length - 2, expected.length));
                } else {
                    assertThat(bytes).as(entry.getName()).isEqualTo(expected);
                }
                boolean deflated = entry.getSize() > 0 && method == ZipEntry.DEFLATED;
                assertThat(entry.getMethod())
                        .as(entry.getName())
                        .isEqualTo(deflated ? ZipEntry.DEFLATED : ZipEntry.STORED);
            }
        }
        Path again = folder.resolve("again.npz");
        copy(out, again);
        assertThat(again).hasSameBinaryContentAs(out);
    }

    @ParameterizedTest
    @CsvSource({
        "w, F32, F32, 8",
        "words, OPAQUE_ARRAY, <U2, 3",
        "folder/, OPAQUE_ENTRY, folder, 0",
        "readme.txt, OPAQUE_ENTRY, file, 3",
        "objects, OPAQUE_ARRAY, |O, 4",
        "complex, OPAQUE_ARRAY, <c8, 1",
        "days, OPAQUE_ARRAY, <M8[D], 1",
        "fields, OPAQUE_ARRAY, structured, 2",
    })
    void saysWhatAnEntryIs(String name, ElementType type, String typeName, int count)
            throws IOException {
        Path in = Files.write(folder.resolve("in.npz"), HandMade.zip(archive()));
        try (WeightFile file = WeightFile.open(in)) {
            assertThat(file.getTensors())
                    .filteredOn(tensor -> tensor.name().equals(name))
                    .singleElement()
                    .satisfies(
                            tensor -> {
                                assertThat(tensor.type()).isEqualTo(type);
                                assertThat(tensor.typeName()).isEqualTo(typeName);
                                assertThat(tensor.getCount()).isEqualTo(count);
                            });
        }
    }

    @Test
    void aSingleArrayIsCarriedAsAWhole() throws IOException {
        byte[] npy = npy("<U2", "(3,)", 24);
        Path in = Files.write(folder.resolve("in.npy"), npy);
        try (WeightFile file = WeightFile.open(in)) {
            assertThat(file.getTensors().get(0).typeName()).isEqualTo("<U2");
        }
        Path out = folder.resolve("out.npy");
        copy(in, out);
        assertThat(out).hasBinaryContent(npy);
    }

    @Test
    void noticesDamageOfAnotherEntry() throws IOException {
        byte[] zip = HandMade.zip(Map.of("a.txt", random(100)), ZipEntry.STORED);
        zip[60] ^= 1;
        Path in = Files.write(folder.resolve("in.npz"), zip);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> copy(in, folder.resolve("out.npz")))
                .withMessage(in + ": tensor \"a.txt\": is damaged: its checksum differs");
        assertThat(folder.resolve("out.npz")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"__metadata__\":{\"a\":\"b\"}}", "{\"__metadata__\":null} "})
    void aFileMayHaveNoTensors(String header) throws IOException {
        Path path = Files.write(folder.resolve("none.safetensors"), HandMade.safetensors(header));
        try (WeightFile file = WeightFile.open(path)) {
            assertThat(file.getTensors()).isEmpty();
        }
    }

    @Test
    void anArchiveMayHaveNoTensors() throws IOException {
        Path path = Files.write(folder.resolve("none.npz"), HandMade.zip(Map.of()));
        try (WeightFile file = WeightFile.open(path)) {
            assertThat(file.getTensors()).isEmpty();
        }
    }

    @Test
    void aCompressedFileHasTensors() throws IOException {
        String header = "{\"__metadata__\":{\"djl-sparse.compressed\":\"1\"}}";
        Path path = Files.write(folder.resolve("none.safetensors"), HandMade.safetensors(header));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(path))
                .withMessageContaining("has no tensors: a compressed file has checksums");
    }

    @Test
    void opaqueTypesHaveNoSize() {
        assertThatIllegalStateException().isThrownBy(ElementType.OPAQUE::getBytes);
        assertThatIllegalStateException().isThrownBy(ElementType.F4::getBytes);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorInfo.of("w", ElementType.OPAQUE, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorInfo.opaque("w", ElementType.F32, "F32", 8, 2));
        assertThat(TensorInfo.opaque("w", ElementType.OPAQUE, "F5", 3, 4))
                .isNotEqualTo(TensorInfo.opaque("w", ElementType.OPAQUE, "F6", 3, 4))
                .isNotEqualTo(TensorInfo.opaque("w", ElementType.OPAQUE, "F5", 4, 4))
                .hasToString("w F5 [4] LITTLE_ENDIAN");
    }
}
