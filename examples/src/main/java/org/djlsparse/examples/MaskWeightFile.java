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
import org.djlsparse.io.CheckReport;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.LeftOutTensor;
import org.djlsparse.io.MaskedTensor;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
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

            MaskingReport masked =
                    WeightMasker.builder().setPattern(PATTERN).build().mask(dense, sparse);
            for (MaskedTensor tensor : masked.tensors()) {
                System.out.printf(
                        "%-16s keeps %.1f%% of its magnitude%n",
                        tensor.tensor().name(), 100 * tensor.keptMagnitude());
            }
            for (LeftOutTensor left : masked.leftOut()) {
                System.out.println(left.tensor().name() + " left dense: " + left.reason());
            }
            CheckReport checked = WeightChecker.builder().setPattern(PATTERN).build().check(sparse);
            System.out.println("valid both ways: " + checked.isTransposable());
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
}
