package org.djlsparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;

import org.djlsparse.internal.nn.MaskableLayers;
import org.djlsparse.internal.nn.ParameterNames;
import org.djlsparse.internal.nn.ParameterValues;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.io.DenseTensors;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSource;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.io.WeightFileWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes and reads the parameters of a model in formats that other programs also read: safetensors
 * and NumPy. DJL's own {@code .params} files contain no names, and only DJL reads them.
 *
 * <p>The values are those of the parameters, which are dense while a model is wrapped; {@link
 * Sparsifier#unwrap} sets the pruned weights to zero. The command {@code compress} accepts a file
 * of 2:4 weights that was written in this way.
 *
 * <p>Values are written and read in pieces, so large parameters need no large heap.
 */
public final class ModelWeights {

    private static final Logger logger = LoggerFactory.getLogger(ModelWeights.class);

    private static final int PIECE = 1 << 16;

    private ModelWeights() {}

    /**
     * Writes all parameters under their names in {@code Block.getParameters()}, such as {@code
     * 01Linear_weight}. A parameter that several blocks share is written under each of its names. A
     * safetensors file also records which parameters are not weights of products, such as
     * embeddings ({@link DenseTensors}), so that the commands on files select the same layers as a
     * {@link Sparsifier}.
     *
     * @param block the model, initialized
     * @param path the file; its extension determines the format, such as {@code .safetensors}. An
     *     existing file is replaced after the new one has been written completely
     * @throws WeightFileException if the path or its extension cannot be used for such a file
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if a parameter is not of 16, 32 or 64 bit floats, or the
     *     format cannot hold all parameters
     * @throws IllegalStateException if the block is not initialized
     */
    public static void write(Block block, Path path) throws IOException {
        SparseBlock wrapper = SparseBlock.find(block, found -> true);
        if (wrapper != null) {
            wrapper.putBack();
        }
        List<TensorSource> sources = new ArrayList<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            NDArray array = arrayOf(pair.getKey(), pair.getValue());
            sources.add(ArrayBytes.source(pair.getKey(), array));
        }
        List<TensorInfo> tensors = sources.stream().map(TensorSource::tensor).toList();
        Map<String, String> metadata =
                new DenseTensors(MaskableLayers.notOfProducts(block)).format();
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, metadata, false)) {
            for (TensorSource source : sources) {
                writer.write(source);
            }
            writer.complete();
            writer.replace();
        }
    }

    /**
     * Reads all parameters from a file. Tensors without a parameter in the model are ignored. If
     * the model is wrapped, its masks are discarded, and computed from the new weights when they
     * are next needed.
     *
     * @param block the model, initialized; if reading fails, it is unchanged
     * @param path the file
     * @throws WeightFileException if the file's content is not valid
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if the file lacks a parameter, has one of another shape or
     *     type, or has different values under two names of the same parameter
     * @throws IllegalStateException if the block is not initialized
     */
    public static void read(Block block, Path path) throws IOException {
        List<NDArray> arrays = new ArrayList<>();
        List<NDArray> found = new ArrayList<>();
        try (WeightFile file = WeightFile.open(path)) {
            file.getWarnings().forEach(logger::warn);
            Map<String, TensorInfo> tensors = new HashMap<>();
            file.getTensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
            for (Map.Entry<Parameter, List<String>> entry : ParameterNames.of(block).entrySet()) {
                List<String> names = entry.getValue();
                NDArray array = arrayOf(names.get(0), entry.getKey());
                TensorInfo tensor = checked(path, names.get(0), array, tensors);
                for (String other : names.subList(1, names.size())) {
                    checkSame(path, file, tensor, checked(path, other, array, tensors));
                }
                NDManager manager = array.getManager();
                try (InputStream stream = file.newInputStream(tensor)) {
                    found.add(ArrayBytes.read(tensor, stream, manager, array.getDevice()));
                }
                arrays.add(array);
            }
            SparseBlock wrapper = SparseBlock.find(block, other -> true);
            if (wrapper != null) {
                wrapper.forgetMasks();
            }
            for (int i = 0; i < arrays.size(); i++) {
                ParameterValues.set(arrays.get(i), found.get(i));
            }
        } finally {
            found.forEach(NDArray::close);
        }
    }

    private static NDArray arrayOf(String name, Parameter parameter) {
        if (!parameter.isInitialized()) {
            throw new IllegalStateException(
                    "parameter \""
                            + name
                            + "\" has no values: the block must be initialized first");
        }
        return parameter.getArray();
    }

    /** Checks that a parameter with two names in the model has the same values under both. */
    private static void checkSame(Path path, WeightFile file, TensorInfo one, TensorInfo other)
            throws IOException {
        try (InputStream values = file.newInputStream(one);
                InputStream others = file.newInputStream(other)) {
            byte[] piece;
            do {
                piece = values.readNBytes(PIECE);
                if (!Arrays.equals(piece, others.readNBytes(PIECE))) {
                    throw new IllegalArgumentException(
                            path
                                    + ": parameter \""
                                    + one.name()
                                    + "\": is also \""
                                    + other.name()
                                    + "\" in the model: must have the same values under both"
                                    + " names");
                }
            } while (piece.length > 0);
        }
    }

    private static TensorInfo checked(
            Path path, String name, NDArray array, Map<String, TensorInfo> tensors) {
        TensorInfo own = ArrayBytes.describe(name, array);
        TensorInfo tensor = tensors.get(name);
        if (tensor == null || !tensor.equals(own)) {
            throw new IllegalArgumentException(
                    path
                            + ": parameter \""
                            + name
                            + "\": must be "
                            + describe(own)
                            + ", is "
                            + describe(tensor));
        }
        return tensor;
    }

    private static String describe(@Nullable TensorInfo tensor) {
        if (tensor == null) {
            return "nothing";
        }
        String order = tensor.byteOrder() == ByteOrder.BIG_ENDIAN ? "big-endian " : "";
        return order + tensor.typeName() + " " + new Shape(tensor.shape());
    }
}
