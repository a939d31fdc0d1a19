package org.djlsparse.examples.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFileWriter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes a DJL model's parameters to a file of weights. */
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

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
