package org.djlsparse.spark;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.Shard;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small checkpoints for tests. */
final class Checkpoints {

    static final String INDEX = "model.safetensors.index.json";

    private Checkpoints() {}

    /** Writes layers in two shards into a new folder, and returns the index. */
    static Path write(Path folder, int layers, int seed) throws IOException {
        Files.createDirectory(folder);
        List<TensorInfo> tensors = new ArrayList<>();
        tensors.add(TensorInfo.of("embed_tokens.weight", ElementType.BF16, 40, 16));
        for (int i = 0; i < layers; i++) {
            String prefix = "layers." + i + ".";
            tensors.add(TensorInfo.of(prefix + "up.weight", ElementType.BF16, 32, 24));
            tensors.add(TensorInfo.of(prefix + "up.bias", ElementType.F32, 32));
            tensors.add(TensorInfo.of(prefix + "down.weight", ElementType.F32, 24, 33));
            tensors.add(TensorInfo.of(prefix + "conv.weight", ElementType.F32, 8, 12, 3));
        }
        tensors.add(TensorInfo.of("steps", ElementType.I64, 3));
        int half = tensors.size() / 2;
        Path index = folder.resolve(INDEX);
        try (WeightFileWriter writer =
                WeightFileWriter.createSharded(
                        index,
                        List.of(
                                new Shard(tensors.subList(0, half), Map.of("format", "pt")),
                                new Shard(
                                        tensors.subList(half, tensors.size()),
                                        Map.of("format", "pt"))),
                        Map.of("note", "\"of the index\""))) {
            Random random = new Random(seed);
            for (TensorInfo tensor : tensors) {
                byte[] bytes = values(tensor, random);
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            writer.replace();
        }
        return index;
    }

    /** Masks a checkpoint on one machine, into two new folders. */
    static MaskingReport mask(Path in, NmPattern pattern, long shardBytes, Path out, Path masks)
            throws IOException {
        Files.createDirectory(out);
        Files.createDirectory(masks);
        try (WeightFile file = WeightFile.open(in)) {
            return WeightMasker.builder()
                    .setPattern(pattern)
                    .optShardBytes(shardBytes)
                    .build()
                    .mask(file, out.resolve(INDEX), masks.resolve(INDEX));
        }
    }

    private static byte[] values(TensorInfo tensor, Random random) {
        ByteBuffer bytes =
                ByteBuffer.allocate((int) tensor.getByteCount()).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            float value = (float) random.nextGaussian();
            switch (tensor.type()) {
                case BF16 -> bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
                case F32 -> bytes.putFloat(value);
                default -> bytes.putLong(random.nextLong());
            }
        }
        return bytes.array();
    }
}
