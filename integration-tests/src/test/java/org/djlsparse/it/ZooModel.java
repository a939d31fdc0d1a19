package org.djlsparse.it;

import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.basicmodelzoo.tabular.TabNet;
import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv3d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.timeseries.model.deepar.DeepARNetwork;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Models from other sources, each with matching data. */
@SuppressWarnings("ImmutableEnumChecker") // the fields never change
enum ZooModel {
    MLP(() -> new Mlp(40, 10, new int[] {64, 30}), 3, new Shape(40)),
    LENET(() -> LeNet.builder().build(), 4, new Shape(1, 28, 28)),
    RESNET_18(
            () -> resnet(18, 32),
            8 * 3 + 4 + 1, // bottlenecks, their shortcuts, the classifier; the stem has 3 inputs
            new Shape(3, 32, 32)),
    RESNET_50(() -> resnet(50, 64), 16 * 3 + 4 + 1, new Shape(3, 64, 64)),
    // Fire modules of three weights each, and the classifier; the stem has 3 inputs.
    SQUEEZENET(() -> SqueezeNet.squeezenet(10), 8 * 3 + 1, new Shape(3, 48, 48)),
    // Expansion and projection of each bottleneck; depthwise convolutions and the stem are dense.
    MOBILENET_V2(
            () -> MobileNetV2.builder().setOutSize(10).build(), 17 * 2 + 2, new Shape(3, 32, 32)),
    // Two layers that all five transformers share, two separate ones in each, four of attention,
    // and the last one; under 27 names.
    TABNET(
            () ->
                    TabNet.builder()
                            .setInputDim(16)
                            .setOutDim(8)
                            .optNumD(8)
                            .optNumA(8)
                            .optNumSteps(5)
                            .build(),
            2 + 5 * 2 + 4 + 1,
            new Shape(16)),
    TRANSFORMER_ENCODER(
            () -> new TransformerEncoderBlock(32, 4, 70, 0.1f, Activation::gelu),
            6,
            new Shape(9, 32)),
    BERT_NANO(
            () -> BertBlock.builder().nano().setTokenDictionarySize(50).build(),
            25,
            new Shape(128),
            new Shape(128),
            new Shape(128)),
    STACKED_LSTM(
            () -> LSTM.builder().setStateSize(16).setNumLayers(2).optBatchFirst(true).build(),
            4,
            new Shape(7, 12)),
    STACKED_GRU(
            () -> GRU.builder().setStateSize(16).setNumLayers(2).optBatchFirst(true).build(),
            4,
            new Shape(7, 12)),
    STACKED_RNN(
            () ->
                    RNN.builder()
                            .setStateSize(16)
                            .setNumLayers(2)
                            .optBatchFirst(true)
                            .setActivation(RNN.Activation.TANH)
                            .build(),
            4,
            new Shape(7, 12)),
    WORD_EMBEDDING(
            () ->
                    new SequentialBlock()
                            .add(new TrainableWordEmbedding(new DefaultVocabulary(words()), 16))
                            .add(Blocks.batchFlattenBlock())
                            .add(Linear.builder().setUnits(8).build()),
            1,
            new Shape(6)),
    CONV_1D(
            () ->
                    new SequentialBlock()
                            .add(
                                    Conv1d.builder()
                                            .setKernelShape(new Shape(3))
                                            .setFilters(8)
                                            .build())
                            .add(Activation.reluBlock())
                            .add(Blocks.batchFlattenBlock())
                            .add(Linear.builder().setUnits(8).build()),
            2,
            new Shape(6, 11)),
    CONV_3D(
            () ->
                    new SequentialBlock()
                            .add(
                                    Conv3d.builder()
                                            .setKernelShape(new Shape(2, 2, 2))
                                            .setFilters(8)
                                            .build())
                            .add(Activation.reluBlock())
                            .add(Blocks.batchFlattenBlock())
                            .add(Linear.builder().setUnits(8).build()),
            2,
            new Shape(5, 4, 4, 4)),
    // Two layers of recurrent weights; each projection has one output.
    DEEPAR(
            () ->
                    DeepARNetwork.builder()
                            .setFreq("D")
                            .setPredictionLength(3)
                            .setCardinality(List.of(5, 9))
                            .optLagsSeq(List.of(1, 2))
                            .optHiddenSize(16)
                            .buildTrainingNetwork(),
            4,
            new Shape(2), // static categories
            new Shape(1), // static numbers
            new Shape(5, 2), // past: time, target, observed, padded
            new Shape(5),
            new Shape(5),
            new Shape(5),
            new Shape(3, 2), // future: time, target, observed
            new Shape(3),
            new Shape(3));

    private static final int BATCH = 4;
    private static final int WORDS = 20;

    private final Supplier<Block> factory;
    private final int maskedLayers;
    private final Shape[] inputs;

    ZooModel(Supplier<Block> factory, int maskedLayers, Shape... inputs) {
        this.factory = factory;
        this.maskedLayers = maskedLayers;
        this.inputs = inputs;
    }

    Block newBlock() {
        return factory.get();
    }

    /** Returns the number of its weights that can carry a 2:4 mask. */
    int getMaskedLayers() {
        return maskedLayers;
    }

    Shape[] getInputShapes() {
        return Arrays.stream(inputs)
                .map(shape -> new Shape(BATCH).addAll(shape))
                .toArray(Shape[]::new);
    }

    /** Returns one batch. */
    NDList newInput(NDManager manager) {
        return input(manager, BATCH);
    }

    /** Returns four batches in a fixed order. */
    ArrayDataset newDataset(NDManager manager) {
        int size = 4 * BATCH;
        return new ArrayDataset.Builder()
                .setData(input(manager, size).toArray(new NDArray[0]))
                .optLabels(manager.zeros(new Shape(size, 1)))
                .setSampling(BATCH, false)
                .build();
    }

    private NDList input(NDManager manager, int size) {
        NDList list = new NDList();
        for (int i = 0; i < inputs.length; i++) {
            Shape shape = new Shape(size).addAll(inputs[i]);
            NDArray values =
                    manager.arange((float) shape.size()).mul(0.37f + i).sin().reshape(shape);
            list.add(fit(values, i));
        }
        return list;
    }

    /** Converts numbers from -1 to 1 to valid values of an input. */
    private NDArray fit(NDArray values, int input) {
        return switch (this) {
            // Token ids up to 49, type ids, and an input mask of ones.
            case BERT_NANO -> {
                NDArray ids = values.add(1).mul(input == 0 ? 24.9f : 0.99f).floor();
                yield (input == 2 ? values.onesLike() : ids).toType(DataType.INT64, false);
            }
            case WORD_EMBEDDING ->
                    values.add(1).mul(WORDS / 2 - 0.1f).floor().toType(DataType.INT64, false);
            case DEEPAR ->
                    switch (input) {
                        case 0 -> values.add(1).mul(2.4f).floor().toType(DataType.INT64, false);
                        case 4, 8 -> values.onesLike(); // all observed
                        default -> values;
                    };
            default -> values;
        };
    }

    private static Block resnet(int layers, int side) {
        return ResNetV1.builder()
                .setImageShape(new Shape(3, side, side))
                .setNumLayers(layers)
                .setOutSize(10)
                .build();
    }

    private static List<String> words() {
        return IntStream.range(0, WORDS).mapToObj(i -> "word" + i).toList();
    }

    /** Returns a loss to which every output contributes. */
    static Loss newLoss() {
        return new Loss("square") {
            @Override
            public NDArray evaluate(NDList labels, NDList predictions) {
                NDArray sum = predictions.head().sub(1).square().mean();
                for (NDArray prediction : predictions.subNDList(1)) {
                    sum = sum.add(prediction.sub(1).square().mean());
                }
                return sum;
            }
        };
    }
}
