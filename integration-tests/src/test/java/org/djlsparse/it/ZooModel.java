package org.djlsparse.it;

import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;

import java.util.Arrays;
import java.util.function.Supplier;

/** Models that others wrote, each with data of its shape. */
@SuppressWarnings("ImmutableEnumChecker") // its fields never change
enum ZooModel {
    MLP(() -> new Mlp(40, 10, new int[] {64, 30}), 3, new Shape(40)),
    LENET(() -> LeNet.builder().build(), 4, new Shape(1, 28, 28)),
    RESNET(
            () ->
                    ResNetV1.builder()
                            .setImageShape(new Shape(3, 32, 32))
                            .setNumLayers(18)
                            .setOutSize(10)
                            .build(),
            8 * 3 + 4 + 1, // bottlenecks, their shortcuts, the classifier; the stem has 3 inputs
            new Shape(3, 32, 32)),
    TRANSFORMER_ENCODER(
            () -> new TransformerEncoderBlock(32, 4, 70, 0.1f, Activation::gelu),
            6,
            new Shape(9, 32)),
    BERT_NANO(
            () -> BertBlock.builder().nano().setTokenDictionarySize(50).build(),
            25,
            new Shape(128),
            new Shape(128),
            new Shape(128));

    private static final int BATCH = 4;

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

    /** How many of its weights can carry a 2:4 mask. */
    int getMaskedLayers() {
        return maskedLayers;
    }

    Shape[] getInputShapes() {
        return Arrays.stream(inputs)
                .map(shape -> new Shape(BATCH).addAll(shape))
                .toArray(Shape[]::new);
    }

    /** One batch. */
    NDList newInput(NDManager manager) {
        return input(manager, BATCH);
    }

    /** Four batches in a fixed order. */
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
            if (this == BERT_NANO) {
                // Token ids up to 49, type ids, and an input mask of ones.
                NDArray ids = values.add(1).mul(i == 0 ? 24.9f : 0.99f);
                values = i == 2 ? manager.ones(shape) : ids.floor();
                values = values.toType(DataType.INT64, false);
            }
            list.add(values);
        }
        return list;
    }

    /** A loss that every output takes part in. */
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
