package org.djlsparse.examples;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;

import org.djlsparse.ModelWeights;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.TensorChoice;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Masks and compresses a file of weights. The file could come from any program; here a DJL model
 * writes it and reads the compressed file back.
 */
public final class MaskWeightFile {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    private MaskWeightFile() {}

    /**
     * Writes, masks, compresses and reads.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of("target", "mask-weight-file"));
        Path dense = folder.resolve("dense.safetensors");
        Path sparse = folder.resolve("sparse.safetensors");
        Path small = folder.resolve("small.safetensors");
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block =
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(512).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(100).build());
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 256));
            ModelWeights.write(block, dense);

            mask(dense, sparse);
            try (WeightFile file = WeightFile.open(sparse)) {
                CompressionResult result =
                        new Compressor(PATTERN, false).compress(file, file.getTensors(), small);
                for (StoredTensor tensor : result.tensors()) {
                    String reason = result.reasons().get(tensor.tensor().name());
                    System.out.printf(
                            "%-16s %8d -> %7d bytes%s%n",
                            tensor.tensor().name(),
                            tensor.tensor().getByteCount(),
                            tensor.getBytes(),
                            reason == null ? "" : ", " + reason);
                }
            }
            for (Path path : new Path[] {dense, sparse, small}) {
                System.out.printf("%-18s %8d bytes%n", path.getFileName(), Files.size(path));
            }

            // A compressed file reads like the weights that it stands for.
            NDArray input = manager.randomNormal(new Shape(8, 256));
            ModelWeights.read(block, sparse);
            NDArray expected = forward(block, input);
            ModelWeights.read(block, small);
            System.out.println(
                    "same output from sparse and small: " + forward(block, input).equals(expected));
        }
    }

    private static NDArray forward(Block block, NDArray input) {
        ParameterStore store = new ParameterStore(input.getManager(), false);
        return block.forward(store, new NDList(input), false).head();
    }

    /** Masks the tensors that are weights of products, and copies the others. */
    private static void mask(Path from, Path to) throws IOException {
        try (WeightFile file = WeightFile.open(from);
                WeightFileWriter writer = WeightFileWriter.createLike(to, file)) {
            for (TensorChoice choice : TensorChoice.of(file, PATTERN)) {
                TensorInfo tensor = choice.tensor();
                byte[] bytes;
                try (InputStream in = file.newInputStream(tensor)) {
                    bytes = in.readAllBytes();
                }
                if (choice.isChosen()) { // float32, as the model is
                    FloatBuffer buffer =
                            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
                    float[] weights = new float[buffer.remaining()];
                    buffer.get(weights);
                    WeightShape shape = WeightShape.of(tensor.shape());
                    boolean[] keep =
                            MaskSolver.auto().solve(weights, shape, PATTERN).toBooleanArray();
                    for (int i = 0; i < keep.length; i++) {
                        buffer.put(i, keep[i] ? weights[i] : 0);
                    }
                } else {
                    System.out.println(tensor.name() + " left dense: " + choice.reason());
                }
                writer.write(bytes, 0, bytes.length);
            }
            writer.complete();
            writer.replace();
        }
    }
}
