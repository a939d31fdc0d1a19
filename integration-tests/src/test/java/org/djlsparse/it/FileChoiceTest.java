package org.djlsparse.it;

import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.basicmodelzoo.tabular.TabNet;
import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv2dTranspose;
import ai.djl.nn.convolutional.Conv3d;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.util.Pair;

import org.djlsparse.ModelWeights;
import org.djlsparse.Sparsifier;
import org.djlsparse.io.TensorChoice;
import org.djlsparse.io.WeightFile;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** Tests that a file's tensors are chosen like the model's parameters. */
class FileChoiceTest {

    @TempDir Path folder;

    private static Arguments model(String name, Supplier<Block> block, long... input) {
        return arguments(name, block, new Shape[] {new Shape(input)});
    }

    static Stream<Arguments> models() {
        Stream<Arguments> zoo =
                Stream.of(ZooModel.values())
                        .map(
                                model -> {
                                    Supplier<Block> block = model::newBlock;
                                    return arguments(model.name(), block, model.getInputShapes());
                                });
        return Stream.concat(zoo, others());
    }

    private static Stream<Arguments> others() {
        return Stream.of(
                model(
                        "ResNet50",
                        () ->
                                ResNetV1.builder()
                                        .setImageShape(new Shape(3, 64, 64))
                                        .setNumLayers(50)
                                        .setOutSize(10)
                                        .build(),
                        1,
                        3,
                        64,
                        64),
                model("SqueezeNet", () -> SqueezeNet.squeezenet(10), 1, 3, 64, 64),
                model(
                        "MobileNetV2",
                        () -> MobileNetV2.builder().setOutSize(10).build(),
                        1,
                        3,
                        64,
                        64),
                model("TabNet", () -> TabNet.builder().setInputDim(12).setOutDim(8).build(), 4, 12),
                model("Conv1d", FileChoiceTest::conv1d, 1, 8, 9),
                model("Conv2d", FileChoiceTest::conv2d, 1, 8, 9, 9),
                model("Conv3d", FileChoiceTest::conv3d, 1, 8, 9, 9, 9),
                model(
                        "LSTM",
                        () -> LSTM.builder().setStateSize(8).setNumLayers(2).build(),
                        2,
                        5,
                        6),
                model("GRU", () -> GRU.builder().setStateSize(8).setNumLayers(1).build(), 2, 5, 6),
                model(
                        "RNN",
                        () ->
                                RNN.builder()
                                        .setStateSize(8)
                                        .setNumLayers(1)
                                        .setActivation(RNN.Activation.TANH)
                                        .build(),
                        2,
                        5,
                        6),
                model("word embedding", FileChoiceTest::wordEmbedding, 4));
    }

    private static Block conv1d() {
        return new SequentialBlock()
                .add(Conv1d.builder().setFilters(16).setKernelShape(new Shape(3)).build())
                .add(
                        Conv1d.builder()
                                .setFilters(16)
                                .setKernelShape(new Shape(3))
                                .optGroups(16)
                                .build());
    }

    /**
     * Returns convolutions in groups that have as many inputs as a pattern needs, and a transposed
     * one with equal sides.
     */
    private static Block conv2d() {
        return new SequentialBlock()
                .add(
                        Conv2d.builder()
                                .setFilters(16)
                                .setKernelShape(new Shape(3, 3))
                                .optGroups(2)
                                .build())
                .add(
                        Conv2dTranspose.builder()
                                .setFilters(16)
                                .setKernelShape(new Shape(2, 2))
                                .build())
                .add(
                        Conv2d.builder()
                                .setFilters(4)
                                .setKernelShape(new Shape(1, 1))
                                .optBias(false)
                                .build());
    }

    private static Block conv3d() {
        return Conv3d.builder().setFilters(8).setKernelShape(new Shape(3, 3, 3)).build();
    }

    private static Block wordEmbedding() {
        List<String> words = List.of("one", "two", "three", "four", "five", "six");
        return TrainableWordEmbedding.builder()
                .setEmbeddingSize(8)
                .setVocabulary(new DefaultVocabulary(words))
                .build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void aFileChoosesAsTheModel(String name, Supplier<Block> factory, Shape[] inputs)
            throws IOException {
        for (String pattern : new String[] {"2:4", "8:16"}) {
            assertSameChoice(factory.get(), inputs, NmPattern.parse(pattern));
        }
    }

    private void assertSameChoice(Block block, Shape[] inputs, NmPattern pattern)
            throws IOException {
        Path path = folder.resolve("model.safetensors");
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(pattern)
                        .optSchedule(MaskSchedule.off()) // layers are chosen, but no masks are made
                        .build();
        try (NDManager manager = NDManager.newBaseManager()) {
            Block wrapped = sparsifier.wrap(block);
            wrapped.initialize(manager, DataType.FLOAT32, inputs);
            Map<String, LayerSparsity> layers = new LinkedHashMap<>();
            // A parameter may have several names, and the report lists one of them.
            Set<Parameter> masked = Collections.newSetFromMap(new IdentityHashMap<>());
            for (LayerSparsity layer : sparsifier.report().layers()) {
                layers.put(layer.name(), layer);
                if (layer.isChosen()) {
                    masked.add(block.getParameters().get(layer.name()));
                }
            }
            Set<String> expected = new TreeSet<>();
            for (Pair<String, Parameter> pair : block.getParameters()) {
                if (masked.contains(pair.getValue())) {
                    expected.add(pair.getKey());
                }
            }

            ModelWeights.write(wrapped, path);

            Set<String> chosen = new TreeSet<>();
            try (WeightFile file = WeightFile.open(path)) {
                for (TensorChoice choice : TensorChoice.of(file, pattern)) {
                    LayerSparsity layer = layers.get(choice.tensor().name());
                    String reason = choice.reason();
                    if (reason == null) {
                        chosen.add(choice.tensor().name());
                    } else if (layer != null && choice.tensor().shape().length > 1) {
                        // The report also says what a user can do in a program.
                        assertThat(layer.reason()).startsWith(reason);
                    }
                }
            }
            assertThat(chosen).isEqualTo(expected);
        }
    }
}
