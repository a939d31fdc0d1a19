package org.djlsparse;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;

import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests against DJL's own reader and writer of safetensors. */
class ModelWeightsTest {

    @TempDir private Path folder;

    @Test
    void djlReadsWhatIsWritten() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = network(manager, 8, 1);
            Path file = folder.resolve("net.safetensors");

            ModelWeights.write(block, file);

            try (InputStream stream = Files.newInputStream(file)) {
                NDList arrays = NDList.decode(manager, stream);
                assertThat(arrays.stream().map(NDArray::getName))
                        .containsExactlyInAnyOrderElementsOf(block.getParameters().keys());
                for (NDArray array : arrays) {
                    assertThat(array)
                            .isEqualTo(block.getParameters().get(array.getName()).getArray());
                }
            }
        }
    }

    @Test
    void saysWhichWeightsAreNotOfProducts() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block =
                    new SequentialBlock()
                            .add(
                                    new IdEmbedding.Builder()
                                            .setDictionarySize(16)
                                            .setEmbeddingSize(8)
                                            .build())
                            .add(Linear.builder().setUnits(8).build());
            block.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            Path file = folder.resolve("net.safetensors");

            ModelWeights.write(block, file);

            try (WeightFile written = WeightFile.open(file)) {
                assertThat(written.getMetadata())
                        .containsExactly(
                                Map.entry(
                                        "djl-sparse.dense",
                                        "{\"01IdEmbedding_embedding\":\"embedding\"}"));
            }
            try (InputStream stream = Files.newInputStream(file)) {
                assertThat(NDList.decode(manager, stream)).as("by DJL").hasSize(3);
            }
        }
    }

    @Test
    void whatDjlWritesIsRead() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block one = network(manager, 8, 1);
            Block other = network(manager, 8, 2);
            NDList arrays = new NDList();
            for (Pair<String, Parameter> pair : one.getParameters()) {
                NDArray copy = pair.getValue().getArray().duplicate();
                copy.setName(pair.getKey());
                arrays.add(copy);
            }
            Path file = folder.resolve("net.safetensors");
            Files.write(file, arrays.encode(NDList.Encoding.SAFETENSORS));
            int before = ResourceCount.of(manager);

            ModelWeights.read(other, file);

            assertThat(values(other)).isEqualTo(values(one));
            assertThat(ResourceCount.of(manager)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"net.safetensors", "net.npz"})
    void valuesComeBackInEachType(String name) throws IOException {
        for (DataType type : List.of(DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64)) {
            try (NDManager manager = NDManager.newBaseManager()) {
                Block one = layer(manager, type, 1);
                Block other = layer(manager, type, 2);
                assertThat(values(other)).isNotEqualTo(values(one));
                Path file = folder.resolve(name);

                ModelWeights.write(one, file);
                ModelWeights.read(other, file);

                assertThat(values(other)).isEqualTo(values(one));
            }
        }
    }

    @Test
    void zerosOfMasksAreThereAfterUnwrapping() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = network(manager, 8, 1);
            Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
            Block wrapped = sparsifier.wrap(block);
            wrapped.forward(
                    new ParameterStore(manager, false),
                    new NDList(manager.ones(new Shape(2, 16))),
                    false);
            Path dense = folder.resolve("dense.safetensors");
            Path sparse = folder.resolve("sparse.safetensors");

            ModelWeights.write(wrapped, dense);
            ModelWeights.write(sparsifier.unwrap(wrapped), sparse);

            assertThat(zeros(manager, dense)).isZero();
            assertThat(zeros(manager, sparse)).isEqualTo(16 * 8 / 2);
        }
    }

    @Test
    void aModelIsAsBeforeIfAFileIsNotItsOwn() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = network(manager, 8, 1);
            Map<String, List<Byte>> before = values(block);
            Path file = folder.resolve("net.safetensors");
            Path foreign = folder.resolve("foreign.safetensors");
            ModelWeights.write(network(manager, 12, 2), file);
            ModelWeights.write(layer(manager, DataType.FLOAT32, 1), foreign);
            int arrays = ResourceCount.of(manager);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ModelWeights.read(block, file))
                    .withMessage(
                            file
                                    + ": parameter \"01Linear_weight\": must be F32 (8, 16), is F32"
                                    + " (12, 16)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ModelWeights.read(block, foreign))
                    .withMessage(
                            foreign
                                    + ": parameter \"01Linear_weight\": must be F32 (8, 16), is"
                                    + " nothing");
            assertThat(values(block)).isEqualTo(before);
            assertThat(ResourceCount.of(manager)).isEqualTo(arrays);
        }
    }

    @Test
    void badInputIsRefusedBeforeAFileIsThere() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = Linear.builder().setUnits(4).build();
            Path file = folder.resolve("net.safetensors");
            assertThatIllegalStateException()
                    .isThrownBy(() -> ModelWeights.write(block, file))
                    .withMessage(
                            "parameter \"weight\" has no values: the block must be initialized"
                                    + " first");
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> ModelWeights.write(block, folder.resolve("net.params")));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ModelWeights.write(block, folder.resolve("net.npy")));
            assertThat(folder).isEmptyDirectory();
        }
    }

    private static Block network(NDManager manager, int units, int seed) {
        Engine.getInstance().setRandomSeed(seed);
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(units).build())
                        .add(BatchNorm.builder().build());
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 16));
        return block;
    }

    /** Returns a layer of any data type, because DJL's initializers do not support all. */
    private static Block layer(NDManager manager, DataType type, int seed) {
        Block block = Linear.builder().setUnits(4).optBias(false).build();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            try (NDArray values = manager.arange(12f).add(seed).reshape(4, 3)) {
                pair.getValue().setArray(values.toType(type, true));
            }
        }
        return block;
    }

    private static Map<String, List<Byte>> values(Block block) {
        Map<String, List<Byte>> values = new TreeMap<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            List<Byte> bytes = new ArrayList<>();
            for (byte each : pair.getValue().getArray().toByteArray()) {
                bytes.add(each);
            }
            values.put(pair.getKey(), bytes);
        }
        return values;
    }

    private static int zeros(NDManager manager, Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            NDArray weight =
                    NDList.decode(manager, stream).stream()
                            .filter(array -> array.getName().equals("01Linear_weight"))
                            .findFirst()
                            .orElseThrow();
            return (int) weight.eq(0).countNonzero().getLong();
        }
    }
}
