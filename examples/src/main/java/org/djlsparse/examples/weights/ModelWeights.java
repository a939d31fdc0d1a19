package org.djlsparse.examples.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;

import org.djlsparse.examples.InputException;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A DJL model's parameters in a file of weights. */
public final class ModelWeights {

    private ModelWeights() {}

    /**
     * Writes the parameters of type float32 under the names that DJL gives them.
     *
     * @param block the model, initialized
     * @param path the file; its extension tells the format
     * @throws IOException if it cannot be written
     */
    public static void write(Block block, Path path) throws IOException {
        List<NDArray> arrays = new ArrayList<>();
        List<TensorInfo> tensors = new ArrayList<>();
        for (Pair<String, Parameter> parameter : block.getParameters()) {
            NDArray array = parameter.getValue().getArray();
            if (array.getDataType() == DataType.FLOAT32) {
                arrays.add(array);
                tensors.add(
                        TensorInfo.of(
                                parameter.getKey(), ElementType.F32, array.getShape().getShape()));
            }
        }
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, Map.of(), false)) {
            for (NDArray array : arrays) {
                byte[] bytes = bytes(array.toFloatArray());
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            writer.replace();
        }
    }

    /**
     * Reads the parameters of type float32 that {@link #write} wrote.
     *
     * @param block the model, initialized; its parameters are set once all has been checked
     * @param path the file
     * @throws IOException if it cannot be read
     * @throws InputException if it lacks a parameter, or has one of another shape or type
     */
    public static void read(Block block, Path path) throws IOException {
        Map<Parameter, float[]> values = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(path)) {
            Map<String, TensorInfo> tensors = new HashMap<>();
            file.getTensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
            for (Pair<String, Parameter> parameter : block.getParameters()) {
                NDArray array = parameter.getValue().getArray();
                if (array.getDataType() == DataType.FLOAT32) {
                    TensorInfo tensor =
                            checked(
                                    path,
                                    parameter.getKey(),
                                    array,
                                    tensors.get(parameter.getKey()));
                    try (InputStream stream = file.newInputStream(tensor)) {
                        values.put(parameter.getValue(), floats(stream.readAllBytes()));
                    }
                }
            }
        }
        values.forEach(
                (parameter, floats) -> {
                    NDArray array = parameter.getArray();
                    try (NDArray fresh = array.getManager().create(floats, array.getShape())) {
                        set(array, fresh);
                    }
                });
    }

    /**
     * Writes values into a parameter's own memory, past autograd, which protects parameters.
     *
     * @param array the parameter's array
     * @param values the values
     */
    public static void set(NDArray array, NDArray values) {
        try (NDArray stopped = array.stopGradient()) {
            stopped.set(new NDIndex("..."), values);
        }
    }

    private static TensorInfo checked(
            Path path, String name, NDArray array, @Nullable TensorInfo tensor) {
        String expected = "F32 " + array.getShape();
        String found = tensor == null ? "nothing" : tensor.type() + " " + new Shape(tensor.shape());
        if (tensor == null || !found.equals(expected)) {
            throw new InputException(
                    path + ": parameter \"" + name + "\": must be " + expected + ", is " + found);
        }
        return tensor;
    }

    private static float[] floats(byte[] bytes) {
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
