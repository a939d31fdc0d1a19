package org.djlsparse.embedder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class OnnxWeightsTest {

    @Test
    void readsFloatsAndLongsInEachForm() throws IOException {
        OnnxBytes graph =
                new OnnxBytes()
                        .text(2, "graph")
                        .message(5, tensor("packed", 1).packed(1, 2, 3).floats(4, 1, 2, 3, 4, 5, 6))
                        .message(5, floats("raw", 7, 8).number(1, 2))
                        .message(5, tensor("scalar", 1).floats(9, 5))
                        .message(5, tensor("longs", 7).number(1, 3).packed(7, -1, 2, 1L << 40))
                        .message(5, tensor("unpacked", 7).number(1, 1).number(7, 9));
        OnnxWeights weights = read(model(graph));
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray packed = weights.get("packed").toArray(manager);
            assertThat(packed.getShape()).isEqualTo(new Shape(2, 3));
            assertThat(packed.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(weights.get("raw").toArray(manager).toFloatArray()).containsExactly(7, 8);
            assertThat(weights.get("scalar").toArray(manager).getFloat()).isEqualTo(5);
            assertThat(weights.get("longs").toArray(manager).toLongArray())
                    .containsExactly(-1, 2, 1L << 40);
            assertThat(weights.get("unpacked").toArray(manager).toLongArray()).containsExactly(9);
        }
    }

    @Test
    void findsTheWeightOfABias() throws IOException {
        OnnxBytes graph =
                new OnnxBytes()
                        .message(1, node("MatMul", "product", "x", "onnx::MatMul_1"))
                        .message(1, node("Add", "sum", "bias", "product"))
                        .message(1, node("MatMul", "other product", "sum", "onnx::MatMul_2"))
                        .message(1, node("Add", "other sum", "other product", "other bias"))
                        .message(5, floats("onnx::MatMul_1", 1))
                        .message(5, floats("onnx::MatMul_2", 2))
                        .message(5, floats("bias", 3));
        OnnxWeights weights = read(model(graph));
        assertThat(weights.getWeight("bias").name()).isEqualTo("onnx::MatMul_1");
        assertThat(weights.getWeight("other bias").name()).isEqualTo("onnx::MatMul_2");
        assertThatThrownBy(() -> weights.getWeight("third bias"))
                .isInstanceOf(IOException.class)
                .hasMessage("the ONNX file has no linear layer with the bias \"third bias\"");
        assertThatThrownBy(() -> weights.get("weight"))
                .isInstanceOf(IOException.class)
                .hasMessage("the ONNX file has no tensor \"weight\"");
    }

    @Test
    void refusesWhatIsNoModel() {
        assertRefused(new byte[0], "not an ONNX file with weights: no graph.initializer");
        assertRefused(model(new OnnxBytes().text(2, "empty")), "no graph.initializer");
        assertRefused(
                "no model at all".getBytes(StandardCharsets.UTF_8),
                "not an ONNX file, or incomplete");
        byte[] whole = model(new OnnxBytes().message(5, floats("a", 1, 2).number(1, 2)));
        assertRefused(Arrays.copyOf(whole, whole.length - 3), "not an ONNX file, or incomplete");
    }

    @Test
    void refusesTensorsThatItCannotRead() {
        assertRefused(tensor("half", 10).number(1, 2), "\"half\" has data type 10: must be 1 (f");
        assertRefused(
                floats("short", 1, 2, 3).number(1, 4),
                "\"short\" of shape (4) has 12 bytes: must be 16");
        assertRefused(
                tensor("outside", 1).number(1, 2).number(14, 1),
                "\"outside\" has its data in another file");
    }

    private static void assertRefused(OnnxBytes tensor, String message) {
        assertRefused(model(new OnnxBytes().message(5, tensor)), message);
    }

    private static void assertRefused(byte[] file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }

    private static OnnxWeights read(byte[] file) throws IOException {
        return OnnxWeights.read(new ByteArrayInputStream(file));
    }

    private static byte[] model(OnnxBytes graph) {
        return new OnnxBytes().number(1, 7).text(2, "test").message(7, graph).toByteArray();
    }

    private static OnnxBytes tensor(String name, long type) {
        return new OnnxBytes().text(8, name).number(2, type);
    }

    private static OnnxBytes floats(String name, float... values) {
        return tensor(name, 1).floats(9, values);
    }

    private static OnnxBytes node(String operator, String output, String... inputs) {
        OnnxBytes node = new OnnxBytes();
        for (String input : inputs) {
            node.text(1, input);
        }
        return node.text(2, output).text(4, operator);
    }
}
