package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Shards of a given size, each read from any storage and written to a stream. */
class PlannedShardsTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final String INDEX = "x.safetensors.index.json";

    @TempDir Path folder;

    private Path in;
    private MemoryFiles memory;

    @BeforeEach
    void writeCheckpoint() throws IOException {
        Random random = new Random(7);
        Path files = Files.createDirectory(folder.resolve("in"));
        in = files.resolve(INDEX);
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(TensorInfo.of("a", ElementType.F32, 16, 24), new byte[16 * 24 * 4]);
        tensors.put(TensorInfo.of("b", ElementType.BF16, 40, 8, 3), new byte[40 * 8 * 3 * 2]);
        tensors.put(TensorInfo.of("c", ElementType.I64, 3), new byte[24]);
        tensors.put(TensorInfo.of("d", ElementType.F32, 8, 8), new byte[256]);
        tensors.replaceAll(
                (tensor, bytes) ->
                        tensor.type() == ElementType.I64
                                ? randomBytes(bytes.length, random)
                                : finite(tensor, random));
        List<TensorInfo> all = List.copyOf(tensors.keySet());
        List<Shard> shards =
                List.of(
                        new Shard(all.subList(0, 1), Map.of("format", "pt", "k", "first")),
                        new Shard(all.subList(1, 4), Map.of("format", "pt", "k", "second")));
        try (WeightFileWriter writer =
                WeightFileWriter.createSharded(in, shards, Map.of("parts", "[1]"))) {
            for (byte[] bytes : tensors.values()) {
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            writer.replace();
        }
        memory = MemoryFiles.of(files);
    }

    private static byte[] randomBytes(int length, Random random) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Floats below 2, of any sign. */
    private static byte[] finite(TensorInfo tensor, Random random) {
        int size = tensor.type().getBytes();
        byte[] bytes = randomBytes((int) tensor.getByteCount(), random);
        for (int i = size - 1; i < bytes.length; i += size) {
            bytes[i] &= (byte) 0xbf;
        }
        return bytes;
    }

    @Test
    void plansWholeTensorsInOrder() throws IOException {
        try (WeightFile file = WeightFile.open(in)) {
            List<Shard> shards = Shard.plan(file, 1960); // b and c have 1944 bytes
            assertThat(shards.stream().map(PlannedShardsTest::names))
                    .containsExactly(List.of("a"), List.of("b", "c"), List.of("d"));
            assertThat(shards)
                    .allMatch(s -> s.metadata().equals(Map.of("format", "pt", "k", "first")));
            assertThat(Shard.plan(file, 1).stream().map(PlannedShardsTest::names))
                    .containsExactly(List.of("a"), List.of("b"), List.of("c"), List.of("d"));
            assertThat(Shard.plan(file, Long.MAX_VALUE)).hasSize(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Shard.plan(file, 0))
                    .withMessage("shard size 0: must be at least 1 byte");
        }
    }

    /** The bytes of each shard, as written to streams, from files in memory. */
    private Map<String, byte[]> streamed(long mostBytes, Job job) throws IOException {
        Map<String, byte[]> written = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(memory.file(INDEX))) {
            List<Shard> shards = Shard.plan(file, mostBytes);
            for (int i = 0; i < shards.size(); i++) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                memory.opened.clear();
                try (WeightFile shard =
                        WeightFile.open(shards.get(i), t -> memory.at(file.getLocation(t)))) {
                    job.run(shard, out);
                }
                assertThat(memory.opened)
                        .hasSizeLessThanOrEqualTo(shards.get(i).tensors().size())
                        .doesNotHaveDuplicates();
                written.put(ShardIndex.shardName(INDEX, i, shards.size()), out.toByteArray());
            }
        }
        assertThat(memory.open).isZero();
        return written;
    }

    private interface Job {
        void run(WeightFile shard, OutputStream out) throws IOException;
    }

    private void assertSameFiles(Path written, Map<String, byte[]> expected) throws IOException {
        for (Map.Entry<String, byte[]> shard : expected.entrySet()) {
            assertThat(written.resolveSibling(shard.getKey())).hasBinaryContent(shard.getValue());
        }
        try (var files = Files.list(written.getParent())) {
            assertThat(files).hasSize(expected.size() + 1);
        }
    }

    private Path out(String name) throws IOException {
        return Files.createDirectory(folder.resolve(name)).resolve(INDEX);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1960, 1L << 40})
    void masksToStreamsAsToFiles(long mostBytes) throws IOException {
        WeightMasker masker =
                WeightMasker.builder().setPattern(PATTERN).optShardBytes(mostBytes).build();
        Path out = out("masked");
        MaskingReport report = masker.mask(in, out);
        assertThat(report.isTransposable()).isTrue();
        assertThat(report.tensors()).hasSize(3);
        List<TensorInfo> selected = report.tensors().stream().map(MaskedTensor::tensor).toList();
        assertSameFiles(
                out,
                streamed(
                        mostBytes,
                        (shard, stream) ->
                                masker.mask(
                                        shard,
                                        selected.stream()
                                                .filter(shard.getTensors()::contains)
                                                .toList(),
                                        stream,
                                        null)));
    }

    /** The masks of a shard have a shard of their own, if there are any. */
    @ParameterizedTest
    @ValueSource(longs = {1, 1960, 1L << 40})
    void masksHaveTheShardsOfTheWeights(long mostBytes) throws IOException {
        WeightMasker masker =
                WeightMasker.builder().setPattern(PATTERN).optShardBytes(mostBytes).build();
        Path masks = out("masks");
        Path single = folder.resolve("masks.safetensors");
        try (WeightFile file = WeightFile.open(in)) {
            masker.mask(file, out("masked"), masks);
            masker.mask(file, out("masked-again"), single);
            assertSameShards(masks, Shard.plan(file, mostBytes));
        }
        assertThat(SparseTensors.read(masks)).containsExactlyEntriesOf(SparseTensors.read(single));
    }

    @Test
    void orThoseOfTheInput() throws IOException {
        Path masks = out("masks");
        try (WeightFile file = WeightFile.open(in)) {
            WeightMasker.builder()
                    .setPattern(PATTERN)
                    .build()
                    .mask(file, folder.resolve("one.safetensors"), masks);
            assertSameShards(masks, file.getShards());
        }
    }

    private static void assertSameShards(Path masks, List<Shard> weights) throws IOException {
        try (WeightFile file = WeightFile.open(masks)) {
            assertThat(file.getTensors()).allMatch(mask -> mask.type() == ElementType.BOOL);
            assertThat(file.getShards().stream().map(PlannedShardsTest::names))
                    .containsExactlyElementsOf(
                            weights.stream()
                                    .map(PlannedShardsTest::names)
                                    .map(
                                            names ->
                                                    names.stream()
                                                            .filter(n -> !n.equals("c"))
                                                            .toList())
                                    .filter(names -> !names.isEmpty())
                                    .toList());
        }
    }

    private static List<String> names(Shard shard) {
        return shard.tensors().stream().map(TensorInfo::name).toList();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1960, 1L << 40})
    void compressesToStreamsAsToFilesAndBack(long mostBytes) throws IOException {
        Path masked = out("masked");
        WeightMasker.builder().setPattern(PATTERN).build().mask(in, masked);
        memory = MemoryFiles.of(folder.resolve("masked"));
        for (boolean bothWays : new boolean[] {false, true}) {
            Compressor compressor = new Compressor(PATTERN, bothWays);
            Path out = out("compressed-" + bothWays);
            try (WeightFile file = WeightFile.open(masked)) {
                compressor.compress(file, file.getTensors(), out, mostBytes);
            }
            assertSameFiles(
                    out,
                    streamed(
                            mostBytes,
                            (shard, stream) ->
                                    compressor.compress(shard, shard.getTensors(), stream)));
            assertThat(SparseTensors.read(out))
                    .containsExactlyEntriesOf(SparseTensors.read(masked));
            try (WeightFile file = WeightFile.open(out)) {
                assertThat(file.isCompressed()).isTrue();
                assertThat(file.getMetadata()).isEqualTo(Map.of("parts", "[1]"));
                file.verify();
                assertThat(file.getStoredTensors())
                        .filteredOn(stored -> stored.pattern() != null)
                        .hasSize(3)
                        .allMatch(stored -> stored.bothWays() == bothWays);
            }
        }
    }

    /** Without a size, the shards are those of the input, and decompressing restores its files. */
    @Test
    void compressesEachShardAndRestoresThem() throws IOException {
        Path masked = out("masked");
        WeightMasker.builder().setPattern(PATTERN).build().mask(in, masked);
        Path out = out("compressed");
        try (WeightFile file = WeightFile.open(masked)) {
            new Compressor(PATTERN, false).compress(file, file.getTensors(), out);
        }
        Path back = out("back");
        try (WeightFile file = WeightFile.open(out);
                WeightFileWriter writer = WeightFileWriter.createLike(back, file)) {
            SparseTensors.copy(file, writer);
            writer.complete();
            writer.replace();
        }
        for (String name :
                List.of("x-00001-of-00002.safetensors", "x-00002-of-00002.safetensors")) {
            assertThat(back.resolveSibling(name))
                    .hasSameBinaryContentAs(masked.resolveSibling(name));
        }
        assertThat(back).hasSameTextualContentAs(masked);
    }

    @Test
    void readsOnlyHeadersToOpen() throws IOException {
        long size = 0;
        try (WeightFile file = WeightFile.open(memory.file(INDEX))) {
            size = file.getSize();
            assertThat(memory.bytesRead).isLessThan(size - 3000);
            try (InputStream stream = file.newInputStream(file.getTensors().get(1))) {
                assertThat(stream.readAllBytes()).hasSize(1920);
            }
        }
        assertThat(memory.open).isZero();
    }

    @Test
    void errorsNameTheLocation() {
        memory.put("a.npz", new byte[100]);
        memory.put("a.safetensors", new byte[7]);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(memory.file("a.npz")))
                .withMessageStartingWith("memory://host/folder/a.npz: must be .safetensors or");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(memory.file("a.safetensors")))
                .withMessage(
                        "memory://host/folder/a.safetensors: has 7 bytes, too few for a"
                                + " safetensors file");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(memory.file("b.safetensors")))
                .withMessageContaining("memory://host/folder/b.safetensors: ");
        assertThat(memory.open).isZero();
    }

    @Test
    void aPlannedTensorMustBeThere() throws IOException {
        Shard shard = new Shard(List.of(TensorInfo.of("a", ElementType.F32, 16, 23)), Map.of());
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(
                        () ->
                                WeightFile.open(
                                        shard, t -> memory.file("x-00001-of-00002.safetensors")))
                .withMessageContaining("tensor \"a\": must be there as a F32 [16, 23]");
        assertThat(memory.open).isZero();
    }

    /** Bytes that come early wait, whatever their order. */
    @Test
    void streamsTakeBytesInAnyOrder() throws IOException {
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            byte[] expected = randomBytes(random.nextInt(3000) + 10, random);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (StreamOutput stream = new StreamOutput(out)) {
                int parts = random.nextInt(6) + 1;
                int[] next = new int[parts];
                int[] end = new int[parts];
                for (int i = 0; i < parts; i++) {
                    next[i] = expected.length * i / parts;
                    end[i] = expected.length * (i + 1) / parts;
                }
                for (int left = expected.length; left > 0; ) {
                    int part = random.nextInt(parts);
                    int length = Math.min(random.nextInt(300), end[part] - next[part]);
                    stream.writeAt(next[part], expected, next[part], length);
                    next[part] += length;
                    left -= length;
                }
                stream.finish();
            }
            assertThat(out.toByteArray()).isEqualTo(expected);
        }
    }
}
