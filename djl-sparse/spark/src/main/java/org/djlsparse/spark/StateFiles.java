package org.djlsparse.spark;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.MaskFile;
import org.djlsparse.io.MaskFileReader;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSource;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.Mask;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads and writes the files of a training's state: those of {@code ModelWeights} and of {@code
 * Sparsifier.save}.
 */
final class StateFiles {

    static final String WEIGHTS = "model.safetensors";
    static final String STATE = "state.safetensors";

    private static final int PIECE = 1 << 16;

    private StateFiles() {}

    /**
     * Reads a state.
     *
     * @param block the model, which knows which names belong to the same parameter
     * @param folder the folder of both files
     */
    static RoundState read(Block block, Path folder) throws IOException {
        Map<String, String> firstNames = firstNames(block);
        List<FloatTensor> weights = new ArrayList<>();
        try (WeightFile file = WeightFile.open(folder.resolve(WEIGHTS))) {
            for (TensorInfo tensor : file.getTensors()) {
                String name = tensor.name();
                if (name.equals(firstNames.getOrDefault(name, name))) {
                    try (InputStream in = file.newInputStream(tensor)) {
                        weights.add(read(tensor, in));
                    }
                }
            }
        }
        return readState(folder.resolve(STATE), weights);
    }

    /** Reads masks, notes and optimizer state. */
    static RoundState readState(Path path, List<FloatTensor> weights) throws IOException {
        List<FloatTensor> optimizer = new ArrayList<>();
        List<MaskBits> masks = new ArrayList<>();
        try (MaskFileReader file = MaskFileReader.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    optimizer.add(read(tensor, in));
                }
            }
            file.getContent().masks().forEach((name, mask) -> masks.add(MaskBits.of(name, mask)));
            return new RoundState(weights, optimizer, masks, file.getContent().notes());
        }
    }

    /** Writes the weights under all their names in a model. */
    static void writeWeights(RoundState state, Block block, Path path) throws IOException {
        Map<String, FloatTensor> byName = new HashMap<>();
        state.getWeights().forEach(weight -> byName.put(weight.getName(), weight));
        List<FloatTensor> weights = new ArrayList<>();
        firstNames(block)
                .forEach(
                        (name, first) -> {
                            FloatTensor weight = byName.get(first);
                            if (weight != null) {
                                weights.add(
                                        new FloatTensor(
                                                name, weight.getShape(), weight.getValues()));
                            }
                        });
        write(weights, path);
    }

    /** Writes tensors. */
    static void write(List<FloatTensor> tensors, Path path) throws IOException {
        List<TensorInfo> infos = tensors.stream().map(StateFiles::describe).toList();
        try (WeightFileWriter writer = WeightFileWriter.create(path, infos, Map.of(), false)) {
            for (FloatTensor tensor : tensors) {
                writer.write(source(tensor));
            }
            writer.complete();
            writer.replace();
        }
    }

    /** Reads all tensors of a file. */
    static List<FloatTensor> readAll(Path path) throws IOException {
        List<FloatTensor> tensors = new ArrayList<>();
        try (WeightFile file = WeightFile.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    tensors.add(read(tensor, in));
                }
            }
        }
        return tensors;
    }

    /** Writes masks and notes and, if wanted, the optimizer state, as Sparsifier.save does. */
    static void writeState(RoundState state, boolean withOptimizer, Path path) throws IOException {
        Map<String, Mask> masks = new LinkedHashMap<>();
        state.getMasks().forEach(mask -> masks.put(mask.getName(), mask.toMask()));
        List<TensorSource> optimizer =
                withOptimizer
                        ? state.getOptimizer().stream().map(StateFiles::source).toList()
                        : List.of();
        new MaskFile(state.getNotes(), masks).write(path, optimizer);
    }

    /** Returns the first name of each parameter, by all of its names. */
    private static Map<String, String> firstNames(Block block) {
        // Parameter does not override equals, so each is a separate key.
        Map<Parameter, String> firsts = new HashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            names.put(
                    pair.getKey(),
                    firsts.computeIfAbsent(pair.getValue(), ignored -> pair.getKey()));
        }
        return names;
    }

    /** Returns the names of the parameters that are trained. */
    static Set<String> trainable(Block block) {
        Set<String> names = new HashSet<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            if (pair.getValue().requiresGradient()) {
                names.add(pair.getKey());
            }
        }
        return names;
    }

    private static TensorInfo describe(FloatTensor tensor) {
        return TensorInfo.of(tensor.getName(), ElementType.F32, tensor.getShape());
    }

    private static TensorSource source(FloatTensor tensor) {
        return new TensorSource(
                describe(tensor),
                out -> {
                    float[] values = tensor.getValues();
                    byte[] bytes = new byte[PIECE * Float.BYTES];
                    FloatBuffer floats = floats(bytes);
                    for (int i = 0; i < values.length; i += PIECE) {
                        int count = Math.min(PIECE, values.length - i);
                        floats.clear().put(values, i, count);
                        out.write(bytes, 0, count * Float.BYTES);
                    }
                });
    }

    private static FloatTensor read(TensorInfo tensor, InputStream in) throws IOException {
        if (tensor.type() != ElementType.F32) {
            throw new IllegalArgumentException(
                    "tensor \""
                            + tensor.name()
                            + "\" is of type "
                            + tensor.typeName()
                            + ": must be F32, the only type that is averaged");
        }
        if (tensor.getCount() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "tensor \""
                            + tensor.name()
                            + "\" has "
                            + tensor.getCount()
                            + " entries: must have fewer than 2^31 - 8");
        }
        float[] values = new float[(int) tensor.getCount()];
        byte[] bytes = new byte[PIECE * Float.BYTES];
        FloatBuffer floats = floats(bytes);
        for (int i = 0; i < values.length; i += PIECE) {
            int count = Math.min(PIECE, values.length - i);
            if (in.readNBytes(bytes, 0, count * Float.BYTES) < count * Float.BYTES) {
                throw new IOException("tensor \"" + tensor.name() + "\" ends early");
            }
            floats.clear().get(values, i, count);
        }
        return new FloatTensor(tensor.name(), tensor.shape(), values);
    }

    private static FloatBuffer floats(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
