package org.djlsparse.spark.cli;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFileWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Small checkpoints. */
final class Checkpoint {

    /** A size with which {@link #write} has two shards. */
    static final String SHARD_SIZE = "4KB";

    private Checkpoint() {}

    /** Writes two weights, a bias and an embedding. */
    static Path write(Path file) throws IOException {
        List<TensorInfo> tensors =
                List.of(
                        TensorInfo.of("up.weight", ElementType.F32, 32, 16),
                        TensorInfo.of("up.bias", ElementType.F32, 32),
                        TensorInfo.of("down.weight", ElementType.BF16, 16, 64),
                        TensorInfo.of("embed_tokens.weight", ElementType.F32, 24, 8));
        Random random = new Random(5);
        try (WeightFileWriter writer =
                WeightFileWriter.create(file, tensors, Map.of("format", "pt"), false)) {
            for (TensorInfo tensor : tensors) {
                ByteBuffer data =
                        ByteBuffer.wrap(new byte[(int) tensor.getByteCount()])
                                .order(tensor.byteOrder());
                while (data.hasRemaining()) {
                    float value = (float) random.nextGaussian();
                    if (tensor.type() == ElementType.BF16) {
                        data.putShort((short) (Float.floatToIntBits(value) >> 16));
                    } else {
                        data.putFloat(value);
                    }
                }
                writer.write(data.array(), 0, data.capacity());
            }
            writer.complete();
            writer.replace();
        }
        return file;
    }

    /** The bytes of the files of a folder, by their names. */
    static Map<String, List<Byte>> files(Path folder) throws IOException {
        Map<String, List<Byte>> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            all.forEach(file -> files.put(String.valueOf(file.getFileName()), bytes(file)));
        }
        return files;
    }

    private static List<Byte> bytes(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            Byte[] boxed = new Byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                boxed[i] = bytes[i];
            }
            return List.of(boxed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
