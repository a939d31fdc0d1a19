package org.djlsparse.embedder;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of an ONNX file. Only the fields of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a> that lead to them
 * are read.
 *
 * <p>PyTorch's export keeps the names of all parameters except the weights of linear layers. It
 * transposes these and names them by numbers, such as {@code onnx::MatMul_885}. The nodes of the
 * graph lead from the name of a layer's bias to the layer's weight.
 */
final class OnnxWeights {

    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int NODE_INPUT = 1;
    private static final int NODE_OUTPUT = 2;
    private static final int NODE_OPERATOR = 4;

    private final Map<String, OnnxTensor> tensors = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private OnnxWeights() {}

    /**
     * Reads a file.
     *
     * @param stream the content of the file
     * @return the weights
     * @throws IOException if this is not an ONNX file with weights, or cannot be read
     */
    static OnnxWeights read(InputStream stream) throws IOException {
        OnnxWeights weights = new OnnxWeights();
        CodedInputStream in = CodedInputStream.newInstance(stream);
        try {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == MODEL_GRAPH) {
                    int limit = in.pushLimit(in.readRawVarint32());
                    weights.readGraph(in);
                    in.popLimit(limit);
                } else {
                    in.skipField(tag);
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IOException("not an ONNX file, or incomplete: " + e.getMessage(), e);
        }
        if (weights.tensors.isEmpty()) {
            throw new IOException("not an ONNX file with weights: no graph.initializer");
        }
        return weights;
    }

    private void readGraph(CodedInputStream in) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (field != GRAPH_NODE && field != GRAPH_INITIALIZER) {
                in.skipField(tag);
                continue;
            }
            int limit = in.pushLimit(in.readRawVarint32());
            if (field == GRAPH_NODE) {
                nodes.add(readNode(in));
            } else {
                OnnxTensor tensor = OnnxTensor.read(in);
                tensors.put(tensor.name(), tensor);
            }
            in.popLimit(limit);
        }
    }

    private static Node readNode(CodedInputStream in) throws IOException {
        String operator = "";
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case NODE_INPUT -> inputs.add(in.readString());
                case NODE_OUTPUT -> outputs.add(in.readString());
                case NODE_OPERATOR -> operator = in.readString();
                default -> in.skipField(tag);
            }
        }
        return new Node(operator, inputs, outputs);
    }

    /**
     * Returns a tensor.
     *
     * @param name the name
     * @return the tensor
     * @throws IOException if the file has no tensor of this name
     */
    OnnxTensor get(String name) throws IOException {
        OnnxTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IOException("the ONNX file has no tensor \"" + name + "\"");
        }
        return tensor;
    }

    /**
     * Returns the weight of a linear layer.
     *
     * @param bias the name of the layer's bias
     * @return the weight, of shape (inputs, outputs), that the layer's input is multiplied by
     *     before the bias is added
     * @throws IOException if the graph has no such product
     */
    OnnxTensor getWeight(String bias) throws IOException {
        for (Node add : nodes) {
            if (add.operator.equals("Add") && add.inputs.contains(bias)) {
                for (Node product : nodes) {
                    if (product.operator.equals("MatMul")
                            && add.inputs.contains(product.outputs.get(0))) {
                        return get(product.inputs.get(1));
                    }
                }
            }
        }
        throw new IOException("the ONNX file has no linear layer with the bias \"" + bias + "\"");
    }

    /** An operation of the graph; the strings are the names of tensors. */
    private record Node(String operator, List<String> inputs, List<String> outputs) {}
}
