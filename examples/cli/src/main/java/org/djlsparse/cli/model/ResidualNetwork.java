package org.djlsparse.cli.model;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;

import java.util.List;

/**
 * Creates small residual networks: a convolution of stride 2, three stages of residual blocks with
 * batch norm and ReLU whose channels double and whose sides halve, average pooling, and a linear
 * layer (He et al. 2016, "Deep residual learning for image recognition").
 */
public final class ResidualNetwork {

    private static final int STAGES = 3;

    private ResidualNetwork() {}

    /**
     * Creates a network.
     *
     * @param channels the number of channels of the first stage
     * @param blocks the number of residual blocks per stage
     * @param classes the number of outputs
     * @param dropout the rate of dropout before the last layer
     * @return a new block, not initialized
     */
    public static Block of(int channels, int blocks, int classes, float dropout) {
        SequentialBlock network =
                new SequentialBlock()
                        .add(convolution(channels, 3, 2))
                        .add(BatchNorm.builder().build())
                        .add(Activation::relu);
        for (int stage = 0; stage < STAGES; stage++) {
            for (int i = 0; i < blocks; i++) {
                network.add(residual(channels << stage, stage > 0 && i == 0));
            }
        }
        network.add(Pool.globalAvgPool2dBlock());
        if (dropout > 0) {
            network.add(Dropout.builder().optRate(dropout).build());
        }
        return network.add(Linear.builder().setUnits(classes).build());
    }

    /** Returns a residual block, which halves the sides if it begins a stage. */
    private static Block residual(int channels, boolean halves) {
        int stride = halves ? 2 : 1;
        Block main =
                new SequentialBlock()
                        .add(convolution(channels, 3, stride))
                        .add(BatchNorm.builder().build())
                        .add(Activation::relu)
                        .add(convolution(channels, 3, 1))
                        .add(BatchNorm.builder().build());
        Block shortcut =
                halves
                        ? new SequentialBlock()
                                .add(convolution(channels, 1, stride))
                                .add(BatchNorm.builder().build())
                        : Blocks.identityBlock();
        return new SequentialBlock()
                .add(new ParallelBlock(ResidualNetwork::sum, List.of(main, shortcut)))
                .add(Activation::relu);
    }

    private static NDList sum(List<NDList> branches) {
        return new NDList(
                branches.get(0).singletonOrThrow().add(branches.get(1).singletonOrThrow()));
    }

    private static Conv2d convolution(int channels, int kernel, int stride) {
        return Conv2d.builder()
                .setFilters(channels)
                .setKernelShape(new Shape(kernel, kernel))
                .optStride(new Shape(stride, stride))
                .optPadding(new Shape(kernel / 2, kernel / 2))
                .optBias(false)
                .build();
    }
}
