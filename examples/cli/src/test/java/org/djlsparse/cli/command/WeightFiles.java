package org.djlsparse.cli.command;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes and reads small files of weights. */
final class WeightFiles {

    private WeightFiles() {}

    /** A tensor of normally distributed values. */
    static byte[] gaussian(TensorInfo tensor, long seed) {
        Random random = new Random(seed);
        ByteBuffer buffer =
                ByteBuffer.wrap(new byte[(int) tensor.getByteCount()]).order(tensor.byteOrder());
        for (int i = 0; i < tensor.getCount(); i++) {
            double value = random.nextGaussian();
            switch (tensor.type()) {
                case F64 -> buffer.putDouble(value);
                case F32 -> buffer.putFloat((float) value);
                // An odd exponent below the middle: neither zero nor infinite.
                case F16 -> buffer.putShort((short) ((random.nextInt(1 << 16) & 0xbfff) | 0x0400));
                case BF16 -> buffer.putShort((short) (Float.floatToIntBits((float) value) >> 16));
                default -> buffer.put((byte) random.nextInt(256));
            }
        }
        return buffer.array();
    }

    static Path write(Path path, Map<TensorInfo, byte[]> tensors) throws IOException {
        try (WeightFileWriter writer =
                WeightFileWriter.create(
                        path,
                        List.copyOf(new ArrayList<>(tensors.keySet())),
                        Map.of("format", "pt"),
                        false)) {
            for (byte[] bytes : tensors.values()) {
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            writer.replace();
        }
        return path;
    }

    static Path writeFloats(Path path, long[] shape, float... values) throws IOException {
        TensorInfo tensor = TensorInfo.of("w", ElementType.F32, shape);
        ByteBuffer buffer = ByteBuffer.wrap(new byte[4 * values.length]).order(tensor.byteOrder());
        buffer.asFloatBuffer().put(values);
        return write(path, Map.of(tensor, buffer.array()));
    }

    /** All data by name, in the file's order. */
    static Map<String, byte[]> read(Path path) throws IOException {
        Map<String, byte[]> data = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    data.put(tensor.name(), in.readAllBytes());
                }
            }
        }
        return data;
    }
}
