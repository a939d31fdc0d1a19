package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Tensors that satisfy a pattern, and files of them. */
final class SparseTensors {

    private SparseTensors() {}

    /**
     * Returns random bits, including NaN, infinite values and -0, at random places that satisfy the
     * pattern in both directions. Not all groups are full.
     */
    static byte[] bothWays(TensorInfo tensor, NmPattern pattern, Random random) {
        long[] shape = tensor.shape();
        int rows = (int) shape[0];
        int columns = (int) shape[1];
        int taps = (int) tensor.getCount() / rows / columns;
        int size = tensor.type().getBytes();
        byte[] bytes = new byte[(int) tensor.getByteCount()];
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rows * columns * taps; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        Map<List<Integer>, Integer> kept = new LinkedHashMap<>();
        for (int index : order) {
            int tap = index % taps;
            int row = index / taps / columns;
            int column = index / taps % columns;
            List<Integer> along = List.of(0, tap, row, column / pattern.m());
            List<Integer> across = List.of(1, tap, row / pattern.m(), column);
            if (random.nextInt(8) > 0
                    && kept.getOrDefault(along, 0) < pattern.n()
                    && kept.getOrDefault(across, 0) < pattern.n()) {
                kept.merge(along, 1, Integer::sum);
                kept.merge(across, 1, Integer::sum);
                byte[] value = value(size, random);
                System.arraycopy(value, 0, bytes, index * size, size);
            }
        }
        return bytes;
    }

    /** Returns the bits of any value except +0. */
    private static byte[] value(int size, Random random) {
        byte[] value = new byte[size];
        switch (random.nextInt(6)) {
            case 0 -> value[size - 1] = (byte) 0x80; // -0
            case 1 -> { // the largest exponent: infinite, or NaN with some payload
                value[size - 1] = (byte) 0x7f;
                value[size - 2] = (byte) 0xfc;
                value[0] |= (byte) random.nextInt(2);
            }
            default -> {
                random.nextBytes(value);
                value[0] |= 1;
            }
        }
        return value;
    }

    static Path write(Path path, Map<String, String> metadata, Map<TensorInfo, byte[]> tensors)
            throws IOException {
        try (WeightFileWriter writer =
                WeightFileWriter.create(path, new ArrayList<>(tensors.keySet()), metadata, false)) {
            for (byte[] bytes : tensors.values()) {
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            writer.replace();
        }
        return path;
    }

    /** Compresses a file with all its tensors chosen. */
    static CompressionResult compress(Path in, Path out, NmPattern pattern, boolean bothWays)
            throws IOException {
        try (WeightFile file = WeightFile.open(in)) {
            return new Compressor(pattern, bothWays).compress(file, file.getTensors(), out);
        }
    }

    /** Returns all data by description, as text, in the file's order. */
    static Map<String, byte[]> read(Path path) throws IOException {
        Map<String, byte[]> data = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                data.put(describe(tensor), read(file, tensor));
            }
        }
        return data;
    }

    static byte[] read(WeightFile file, TensorInfo tensor) throws IOException {
        try (InputStream in = file.newInputStream(tensor)) {
            return in.readAllBytes();
        }
    }

    /** Writes all tensors of a file. */
    static void copy(WeightFile file, WeightFileWriter writer) throws IOException {
        for (TensorInfo tensor : file.getTensors()) {
            byte[] bytes = read(file, tensor);
            writer.write(bytes, 0, bytes.length);
        }
    }

    static String describe(TensorInfo tensor) {
        return tensor.name() + " " + tensor.type() + " " + Arrays.toString(tensor.shape());
    }

    /** Returns the transpose of a tensor {@code [out, in, k...]}. */
    static byte[] transpose(TensorInfo tensor, byte[] bytes) {
        long[] shape = tensor.shape();
        int rows = (int) shape[0];
        int columns = (int) shape[1];
        int step = bytes.length / rows / columns;
        byte[] transposed = new byte[bytes.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                System.arraycopy(
                        bytes,
                        (row * columns + column) * step,
                        transposed,
                        (column * rows + row) * step,
                        step);
            }
        }
        return transposed;
    }
}
