package org.djlsparse.spark;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.Shard;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/** A checkpoint of 6 GiB on executors of 1 GiB, against the bytes of a single machine. */
@Tag("slow")
class LargeCheckpointTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final long SHARD_BYTES = 1_000_000_000L;

    /** Of 128 MiB each. */
    private static final int TENSORS = 48;

    @TempDir Path folder;

    @Test
    void hasTheBytesOfASingleMachine() throws Exception {
        Path in = writeCheckpoint(Files.createDirectory(folder.resolve("in")));
        try (JavaSparkContext spark = LocalCluster.start()) {
            SparkCheckpoints checkpoints =
                    SparkCheckpoints.builder(spark)
                            .setPattern(PATTERN)
                            .optShardBytes(SHARD_BYTES)
                            .build();
            long start = System.nanoTime();
            checkpoints.mask(in.toString(), folder.resolve("spark").toString());
            report("Spark mask", start);
            Path one = Files.createDirectory(folder.resolve("one"));
            start = System.nanoTime();
            WeightMasker.builder()
                    .setPattern(PATTERN)
                    .optShardBytes(SHARD_BYTES)
                    .build()
                    .mask(in, one.resolve(Checkpoints.INDEX));
            report("mask", start);
            assertThat(digests(folder.resolve("spark"))).isEqualTo(digests(one)).hasSize(8);
            start = System.nanoTime();
            checkpoints.convert(in.toString(), folder.resolve("converted").toString());
            report("Spark convert", start);
            Path compressed = Files.createDirectory(folder.resolve("compressed"));
            start = System.nanoTime();
            try (WeightFile file = WeightFile.open(one.resolve(Checkpoints.INDEX))) {
                new Compressor(PATTERN, false)
                        .compress(file, file.getTensors(), compressed.resolve(Checkpoints.INDEX));
            }
            report("compress", start);
            assertThat(digests(folder.resolve("converted"))).isEqualTo(digests(compressed));
            start = System.nanoTime();
            assertThat(checkpoints.check(folder.resolve("converted").toString()).isTransposable())
                    .isTrue();
            report("Spark check", start);
        }
    }

    private static void report(String what, long start) {
        System.out.printf("%s: %.1f s%n", what, (System.nanoTime() - start) * 1e-9);
    }

    private static Path writeCheckpoint(Path in) throws IOException {
        List<TensorInfo> tensors = new ArrayList<>();
        for (int i = 0; i < TENSORS; i++) {
            tensors.add(TensorInfo.of("layers." + i + ".weight", ElementType.BF16, 8192, 8192));
        }
        int half = TENSORS / 2;
        Path index = in.resolve(Checkpoints.INDEX);
        byte[] band = new byte[1 << 24];
        try (WeightFileWriter writer =
                WeightFileWriter.createSharded(
                        index,
                        List.of(
                                new Shard(tensors.subList(0, half), Map.of("format", "pt")),
                                new Shard(tensors.subList(half, TENSORS), Map.of("format", "pt"))),
                        Map.of())) {
            Random random = new Random(1);
            random.nextBytes(band);
            for (int i = 1; i < band.length; i += 2) {
                band[i] &= (byte) 0xbf; // below 2
            }
            for (int piece = 0; piece < TENSORS * 8; piece++) {
                // Different in each piece, by a rotation.
                int at = 64 * random.nextInt(band.length / 64);
                writer.write(band, at, band.length - at);
                writer.write(band, 0, at);
            }
            writer.complete();
            writer.replace();
        }
        return index;
    }

    private static Map<String, String> digests(Path folder) throws Exception {
        Map<String, String> digests = new TreeMap<>();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
                digests.put(
                        file.getFileName().toString(), HexFormat.of().formatHex(digest.digest()));
            }
        }
        return digests;
    }
}
