package org.djlsparse.internal.nn;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.KernelChoice;
import org.djlsparse.internal.torch.LayerProduct;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernel;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.MaskAction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of models whose blocks run in a kernel against the same models with masks alone. */
class KernelProductTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final float TOLERANCE = 1e-6f;

    private final NDManager manager = NDManager.newBaseManager();
    private final CountingKernel kernel =
            new CountingKernel(ProductKernels.of(LinearKernel.packed()));
    private HookRegistry hooks;

    /** A kernel that counts how often a weight is packed. */
    private record CountingKernel(ProductKernel kernel, AtomicInteger count)
            implements ProductKernel {

        CountingKernel(ProductKernel kernel) {
            this(kernel, new AtomicInteger());
        }

        @Override
        public String getName() {
            return kernel.getName();
        }

        @Override
        public boolean needsPattern() {
            return kernel.needsPattern();
        }

        @Override
        public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
            return kernel.rejection(device, type, outputs, inputs);
        }

        @Override
        public PackedWeight pack(NDArray weight, NDManager owner) {
            count.incrementAndGet();
            return kernel.pack(weight, owner);
        }
    }

    @BeforeEach
    void create() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
        hooks = new HookRegistry();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource(GradientFlow.class)
    void aChainLearnsAsWithMasksAlone(GradientFlow flow) {
        compare(KernelProductTest::mlp, flow, input(1, 5, 16));
    }

    @Test
    void attentionLearnsAsWithMasksAlone() {
        Supplier<Block> attention =
                () ->
                        ScaledDotProductAttentionBlock.builder()
                                .setEmbeddingSize(16)
                                .setHeadCount(4)
                                .build();
        compare(attention, GradientFlow.MASKED, input(1, 3, 7, 16));
        compare(
                attention,
                GradientFlow.MASKED,
                input(1, 3, 7, 16),
                input(2, 3, 7, 16),
                input(3, 3, 7, 16));
    }

    @Test
    void aTransformerEncoderLearnsAsWithMasksAlone() {
        compare(
                () -> new TransformerEncoderBlock(16, 4, 32, 0.1f, Activation::gelu),
                GradientFlow.STRAIGHT_THROUGH,
                input(1, 3, 7, 16));
    }

    @Test
    void aResidualNetworkThatUsesALayerTwiceLearnsAsWithMasksAlone() {
        compare(
                () -> {
                    Block shared = Linear.builder().setUnits(16).build();
                    SequentialBlock branch =
                            new SequentialBlock()
                                    .add(shared)
                                    .add(Activation.tanhBlock())
                                    .add(shared);
                    return new SequentialBlock()
                            .add(residual(branch))
                            .add(residual(shared))
                            .add(Linear.builder().setUnits(4).optBias(false).build());
                },
                GradientFlow.MASKED,
                input(1, 5, 16));
    }

    private static Block residual(Block branch) {
        return new ParallelBlock(lists -> new NDList(lists.get(0).head().add(lists.get(1).head())))
                .add(branch)
                .add(x -> x);
    }

    /** Layers are frozen, and the batch size differs from step to step. */
    @Test
    void stepsWithFrozenLayersAndOtherBatchesAreThoseWithMasksAlone() {
        Map<String, float[]> expected = train(mlp(), false);
        Map<String, float[]> actual = train(mlp(), true);

        assertThat(kernel.count.get()).as("the frozen layer once").isEqualTo(6 * 2 + 1);
        assertClose(actual, expected, 1e-5f);
    }

    private Map<String, float[]> train(Block block, boolean inKernel) {
        initialized(block, new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.MASKED, inKernel);
        block.getParameters().get("03Linear_weight").freeze(true);
        for (int step = 0; step < 6; step++) {
            NDArray x = input(step, 3 + step, 16);
            gradients(model, x);
            try (NDManager batch = manager.newSubManager()) {
                descend(batch, block, 0.1f);
            }
        }
        return values(block);
    }

    /** Trains BERT for some steps with the kernel and with masks alone. */
    @Test
    void bertTrainsAsWithMasksAlone() {
        Map<String, float[]> expected = trainBert(false);
        Map<String, float[]> actual = trainBert(true);

        assertClose(actual, expected, 1e-4f);
        assertThat(kernel.count.get()).isGreaterThanOrEqualTo(4 * 25);
    }

    private Map<String, float[]> trainBert(boolean inKernel) {
        Shape shape = new Shape(2, 128);
        for (int attempt = 0; attempt < 10; attempt++) {
            Block bert = BertBlock.builder().nano().setTokenDictionarySize(50).build();
            initialized(bert, shape, shape, shape);
            SparseBlock model = wrap(bert, GradientFlow.STRAIGHT_THROUGH, inKernel);
            assertThat(model.getLayers()).filteredOn(LayerSparsity::isChosen).hasSize(25);
            boolean sound = true;
            for (int step = 0; sound && step < 4; step++) {
                sound = stepOfBert(bert, model, shape);
            }
            if (sound) {
                return values(bert);
            }
        }
        throw new AssertionError("garbage collections in each attempt");
    }

    /**
     * Runs a step, and returns whether its gradients are reliable. DJL's own blocks use memory that
     * a garbage collection within a step frees.
     */
    private boolean stepOfBert(Block bert, SparseBlock model, Shape shape) {
        try (NDManager batch = manager.newSubManager()) {
            NDList inputs =
                    new NDList(
                            batch.randomInteger(0, 50, shape, DataType.INT64),
                            batch.zeros(shape, DataType.INT64),
                            batch.ones(shape, DataType.INT64));
            model.forward(new ParameterStore(batch, false), inputs, false); // uploads masks
            long collections = countCollections();
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDList outputs = model.forward(new ParameterStore(batch, false), inputs, true);
                NDArray loss = outputs.get(0).square().mean();
                collector.backward(loss.add(outputs.get(1).square().mean()));
            }
            boolean sound = countCollections() == collections;
            descend(batch, bert, 0.05f);
            return sound;
        }
    }

    private static long countCollections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    /** Runs a step of plain SGD. */
    private static void descend(NDManager batch, Block block, float rate) {
        for (Parameter parameter : block.getParameters().values()) {
            NDArray weight = parameter.getArray();
            if (weight.hasGradient()) {
                NDArray gradient = weight.getGradient();
                gradient.attach(batch);
                NDArray stopped = weight.stopGradient();
                stopped.attach(batch);
                NDArray factor = batch.full(new Shape(1), rate);
                stopped.subi(gradient.mul(factor));
                gradient.subi(gradient);
            }
        }
    }

    @Test
    void aWeightIsPackedOnceForEachOfItsStates() {
        Block block = initialized(mlp(), new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.MASKED, true);
        NDArray x = input(1, 5, 16);
        gradients(model, x);
        assertThat(kernel.count.get()).isEqualTo(3);
        gradients(model, x); // another part of the same batch
        forward(model, x, false);
        forward(model, x, false);
        assertThat(kernel.count.get()).isEqualTo(3);

        NDArray weight = block.getParameters().get("01Linear_weight").getArray();
        try (NDArray stopped = weight.stopGradient()) {
            stopped.addi(stopped); // as an optimizer does
        }
        forward(model, x, false);
        forward(model, x, false);
        assertThat(kernel.count.get()).isEqualTo(4);

        weight.set(new float[16 * 16]); // replaces the array's memory
        assertThat(forward(model, x, false).toFloatArray())
                .isEqualTo(forward(plainOf(model), x, false).toFloatArray());
        assertThat(kernel.count.get()).isEqualTo(5);

        model.plan(MaskAction.REFRESH);
        forward(model, x, true);
        forward(model, x, true);
        assertThat(kernel.count.get()).isEqualTo(8);
    }

    @Test
    void evaluationIsThatOfTheMaskedWeights() {
        Block block = initialized(mlp(), new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.MASKED, true);
        NDArray x = input(1, 2, 5, 16);

        NDArray actual = forward(model, x, false);

        NDArray expected = forward(plainOf(model), x, false);
        assertClose("output", actual.toFloatArray(), expected.toFloatArray(), TOLERANCE);
        assertThat(hooks.getCount()).isZero();
    }

    /** New threads record gradients by default, so each pass also creates hooks. */
    @Test
    void severalThreadsMayEvaluate() throws Exception {
        Block block = initialized(mlp(), new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.MASKED, true);
        NDArray x = input(1, 5, 16);
        float[] expected = forward(plainOf(model), x, false).toFloatArray();
        ExecutorService executor = Executors.newFixedThreadPool(4);
        List<Future<float[]>> outputs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            outputs.add(
                    executor.submit(
                            () -> {
                                try (NDManager batch = manager.newSubManager()) {
                                    NDArray input = x.duplicate();
                                    input.attach(batch);
                                    return forward(model, input, false).toFloatArray();
                                }
                            }));
        }
        for (Future<float[]> output : outputs) {
            assertClose("output", output.get(), expected, TOLERANCE);
        }
        executor.shutdown();
        assertThat(kernel.count.get()).isEqualTo(3);
        assertThat(hooks.getCount()).isZero();
    }

    /**
     * Each number of rows has another kernel, so threads replace the packed weights that others
     * use.
     */
    @Test
    void severalThreadsMayEvaluateInSeveralKernels() throws Exception {
        Block block = initialized(mlp(), new Shape(1, 16));
        ProductKernelChooser byRows =
                new ProductKernelChooser() {
                    private final List<ProductKernel> kernels =
                            List.of(
                                    ProductKernels.of(LinearKernel.packed()),
                                    ProductKernels.of(LinearKernel.dense(DataType.FLOAT32)));

                    @Override
                    public String getName() {
                        return "by rows";
                    }

                    @Override
                    public KernelChoice choose(
                            LayerProduct product, Shape input, boolean training) {
                        return ProductKernelChooser.always(kernels.get((int) (input.get(0) % 2)))
                                .choose(product, input, training);
                    }
                };
        SparseBlock model = wrap(block, GradientFlow.MASKED, byRows);
        NDArray x = input(1, 6, 16);
        float[] expected = forward(plainOf(model), x, false).toFloatArray();
        int outputs = expected.length / 6;
        ExecutorService executor = Executors.newFixedThreadPool(4);
        List<Future<float[]>> found = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            int rows = 5 + i % 2;
            found.add(
                    executor.submit(
                            () -> {
                                try (NDManager batch = manager.newSubManager()) {
                                    NDArray part = x.get(new NDIndex("0:" + rows));
                                    part.attach(batch);
                                    return forward(model, part, false).toFloatArray();
                                }
                            }));
        }
        for (int i = 0; i < found.size(); i++) {
            assertClose(
                    "output",
                    found.get(i).get(),
                    Arrays.copyOf(expected, (5 + i % 2) * outputs),
                    TOLERANCE);
        }
        executor.shutdown();
    }

    @Test
    void gradientsOfTheInputFlowInEvaluationToo() {
        Block block = initialized(mlp(), new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.MASKED, true);
        NDArray x = input(1, 5, 16);
        x.setRequiresGradient(true);
        float[][] found = new float[2][];
        Block plain = plainOf(model);
        for (int i = 0; i < 2; i++) {
            Block of = i == 0 ? plain : model;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(forward(of, x, false).square().sum());
            }
            NDArray gradient = x.getGradient();
            found[i] = gradient.toFloatArray();
            gradient.subi(gradient);
        }
        assertClose("input", found[1], found[0], TOLERANCE);
        assertThat(found[0]).isNotEqualTo(new float[5 * 16]);
    }

    @Test
    void filesAndShapesAreThoseOfThePlainBlock() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        Block plain = initialized(mlp(), new Shape(1, 16));
        Engine.getInstance().setRandomSeed(1);
        Block block = mlp();
        new KernelReplacement(block, ProductKernelChooser.always(kernel), hooks, null);
        assertThat(block.isInitialized()).isFalse();
        initialized(block, new Shape(1, 16));

        assertThat(block.isInitialized()).isTrue();
        assertThat(save(block)).isEqualTo(save(plain));
        assertThat(block.getOutputShapes(new Shape[] {new Shape(3, 16)}))
                .containsExactly(new Shape(3, 8));
        Block first = block.getChildren().valueAt(0);
        Block firstPlain = plain.getChildren().valueAt(0);
        assertThat(first.describeInput()).isEqualTo(firstPlain.describeInput());
        assertThat(first.getInputShapes()).isEqualTo(firstPlain.getInputShapes());
        assertThat(first.toString()).isEqualTo(firstPlain.toString());

        Block loaded = mlp();
        new KernelReplacement(loaded, ProductKernelChooser.always(kernel), hooks, null);
        loaded.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(save(plain))));
        assertThat(save(loaded)).isEqualTo(save(plain));
        block.clear();
        assertThat(block.getParameters().get("01Linear_weight").isInitialized()).isFalse();
    }

    @Test
    void whatTheKernelCannotServeIsPlainWithAReason() {
        assertReason(PATTERN, MaskSolver.rowWise(), "mask 2:4: must be valid both ways");
        assertReason(NmPattern.of(4, 8), MaskSolver.auto(), "mask 4:8: must be 2:4");
        Block odd = Linear.builder().setUnits(10).build();
        initialized(odd, new Shape(1, 16));
        assertReason(odd, PATTERN, MaskSolver.auto(), "out_features 10: must be a multiple of 4");

        Block block = initialized(Linear.builder().setUnits(8).build(), new Shape(1, 16));
        KernelReplacement replacement =
                new KernelReplacement(block, ProductKernelChooser.always(kernel), hooks, null);
        NDArray x = input(1, 5, 16);
        NDArray y = forward(replacement.getRoot(), x, true);
        assertThat(y.toFloatArray()).isEqualTo(forward(block, x, true).toFloatArray());
        assertThat(replacement.getKernels()).containsEntry("weight", "dense: no mask");
    }

    private void assertReason(NmPattern pattern, MaskSolver solver, String reason) {
        Block block = initialized(Linear.builder().setUnits(8).build(), new Shape(1, 16));
        assertReason(block, pattern, solver, reason);
    }

    private void assertReason(Block block, NmPattern pattern, MaskSolver solver, String reason) {
        MaskConfig config = new MaskConfig(pattern, solver, GradientFlow.MASKED);
        KernelReplacement replacement =
                new KernelReplacement(block, ProductKernelChooser.always(kernel), hooks, null);
        SparseBlock model =
                new SparseBlock(
                        replacement.getRoot(),
                        ResolvedPolicy.of(LayerSelector.all(), config),
                        MaskAction.KEEP,
                        null);
        NDArray x = input(1, 5, 16);
        NDArray y = forward(model, x, true);
        assertThat(replacement.getKernels()).containsEntry("weight", "dense: " + reason);
        SparseBlock alone =
                new SparseBlock(
                        block,
                        ResolvedPolicy.of(LayerSelector.all(), config),
                        MaskAction.KEEP,
                        null);
        assertThat(y.toFloatArray()).isEqualTo(forward(alone, x, true).toFloatArray());
        assertThat(kernel.count.get()).isZero();
    }

    @Test
    void aLayerFollowsItsMasksComingAndGoing() {
        Block block = initialized(Linear.builder().setUnits(8).build(), new Shape(1, 16));
        KernelReplacement replacement =
                new KernelReplacement(block, ProductKernelChooser.always(kernel), hooks, null);
        MaskConfig config = new MaskConfig(PATTERN, MaskSolver.auto(), GradientFlow.MASKED);
        SparseBlock model =
                new SparseBlock(
                        replacement.getRoot(),
                        ResolvedPolicy.of(LayerSelector.all(), config),
                        MaskAction.DENSE,
                        null);
        NDArray x = input(1, 5, 16);
        forward(model, x, true);
        assertThat(replacement.getKernels()).containsEntry("weight", "dense: no mask");
        model.plan(MaskAction.KEEP);
        forward(model, x, true);
        assertThat(replacement.getKernels()).containsEntry("weight", "packed");
        model.plan(MaskAction.DENSE);
        forward(model, x, true);
        assertThat(replacement.getKernels()).containsEntry("weight", "dense: no mask");
    }

    @Test
    void anErrorInTheBackwardPassComesWithTheNextForwardPass() {
        Block block = initialized(mlp(), new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.MASKED, true);
        NDArray x = input(1, 5, 16);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = forward(model, x, true);
            hooks.register(
                    y,
                    gradient -> {
                        throw new IllegalArgumentException("as forced");
                    });
            collector.backward(y.sum());
        }
        NDArray weight = block.getParameters().get("01Linear_weight").getArray();
        assertThat(weight.getGradient().toFloatArray()).contains(Float.NaN);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> collector.backward(forward(model, x, true)))
                    .withMessageEndingWith("as forced");
        }
    }

    @Test
    void nothingIsLeftBehind() {
        Block block = initialized(mlp(), new Shape(1, 16));
        SparseBlock model = wrap(block, GradientFlow.STRAIGHT_THROUGH, true);
        int before = 0;
        for (int step = 0; step < 200; step++) {
            if (step % 20 == 19) {
                model.plan(MaskAction.REFRESH);
            }
            try (NDManager batch = manager.newSubManager()) {
                NDArray x = batch.ones(new Shape(1 + step % 3, 16));
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    collector.backward(forward(model, x, true).square().sum());
                }
                descend(batch, block, 1e-3f);
                if (step % 7 == 0) {
                    forward(model, x, false);
                }
            }
            if (step == 0) {
                before = ResourceCount.of(manager);
            }
            assertThat(ResourceCount.of(manager)).as("step %d", step).isEqualTo(before);
            assertThat(hooks.getCount()).isZero();
        }
        assertThat(kernel.count.get()).isGreaterThan(200);
    }

    @ParameterizedTest
    @EnumSource(GradientFlow.class)
    void convolutionsOfPixelsLearnAsWithMasksAlone(GradientFlow flow) {
        compare(KernelProductTest::bottleneck, flow, input(1, 3, 8, 6, 5));
        // Weights of 1 x 1 convolutions, not that of the 3 x 3 one.
        assertThat(kernel.count.get()).isEqualTo(3);
    }

    @Test
    void convolutionsOfPixelsEvaluateAsWithMasksAlone() {
        NDArray x = input(1, 3, 8, 6, 5);
        Block plain = initialized(bottleneck(), x.getShape());
        Block inKernel = initialized(bottleneck(), x.getShape());

        NDArray expected = forward(wrap(plain, GradientFlow.MASKED, false), x, false);
        NDArray actual = forward(wrap(inKernel, GradientFlow.MASKED, true), x, false);

        assertThat(actual.getShape()).isEqualTo(expected.getShape());
        assertClose("output", actual.toFloatArray(), expected.toFloatArray(), TOLERANCE);
        assertThat(kernel.count.get()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(GradientFlow.class)
    void residualNetworksLearnAsWithMasksAlone(GradientFlow flow) {
        NDArray x = input(1, 3, 8, 9, 10);
        SparseBlock plain = wrap(initialized(residual(), x.getShape()), flow, false);
        Block block = initialized(residual(), x.getShape());
        KernelReplacement replacement =
                new KernelReplacement(
                        block,
                        ProductKernelChooser.always(ProductKernels.of(LinearKernel.cpuSparse())),
                        hooks,
                        null);
        SparseBlock sparse = wrap(block, flow, false);

        Map<String, float[]> expected = gradients(plain, x);
        Map<String, float[]> actual = gradients(sparse, x);

        hooks.check();
        assertThat(replacement.getKernels()).hasSize(5).containsValue("cpu-sparse");
        assertThat(Set.copyOf(replacement.getKernels().values())).hasSize(1);
        assertClose(actual, expected, 1e-5f);
        assertClose(
                "prediction",
                forward(sparse, x, false).toFloatArray(),
                forward(plain, x, false).toFloatArray(),
                1e-5f);
    }

    /** Returns two stages as in a ResNet-18, with batch norms. */
    private static Block residual() {
        return new SequentialBlock().add(stage(1)).add(Activation.reluBlock()).add(stage(2));
    }

    private static Block stage(int stride) {
        Block path =
                new SequentialBlock()
                        .add(
                                convolution(3, 16, stride)
                                        .optPadding(new Shape(1, 1))
                                        .optBias(false)
                                        .build())
                        .add(BatchNorm.builder().build())
                        .add(Activation.tanhBlock())
                        .add(
                                convolution(3, 16, 1)
                                        .optPadding(new Shape(2, 2))
                                        .optDilation(new Shape(2, 2))
                                        .build());
        Block shortcut = stride == 1 ? Blocks.identityBlock() : convolution(1, 16, stride).build();
        return new ParallelBlock(
                list -> {
                    NDArray side = list.get(1).head();
                    NDArray both = stride == 1 ? side.concat(side, 1) : side;
                    return new NDList(list.get(0).head().add(both));
                },
                List.of(path, shortcut));
    }

    /**
     * Returns a block as in a ResNet: 1 x 1 convolutions around a 3 x 3 one, and a strided
     * shortcut.
     */
    private static Block bottleneck() {
        Block path =
                new SequentialBlock()
                        .add(convolution(1, 4, 1).optBias(false).build())
                        .add(Activation.tanhBlock())
                        .add(convolution(3, 4, 2).optPadding(new Shape(1, 1)).build())
                        .add(convolution(1, 8, 1).build());
        Block shortcut = convolution(1, 8, 2).build();
        return new ParallelBlock(
                list -> new NDList(list.get(0).head().add(list.get(1).head())),
                List.of(path, shortcut));
    }

    private static Conv2d.Builder convolution(int size, int filters, int stride) {
        return Conv2d.builder()
                .setKernelShape(new Shape(size, size))
                .setFilters(filters)
                .optStride(new Shape(stride, stride));
    }

    /** Compares the output and the gradients of all parameters and inputs. */
    private void compare(Supplier<Block> factory, GradientFlow flow, NDArray... inputs) {
        Shape[] shapes = new NDList(inputs).getShapes();
        Map<String, float[]> expected =
                gradients(wrap(initialized(factory.get(), shapes), flow, false), inputs);
        Block block = initialized(factory.get(), shapes);
        Map<String, float[]> actual = gradients(wrap(block, flow, true), inputs);
        hooks.check();
        assertThat(kernel.count.get()).isPositive();
        assertClose(actual, expected, TOLERANCE);
    }

    private SparseBlock wrap(Block block, GradientFlow flow, boolean inKernel) {
        return wrap(block, flow, inKernel ? ProductKernelChooser.always(kernel) : null);
    }

    private SparseBlock wrap(
            Block block, GradientFlow flow, @Nullable ProductKernelChooser chooser) {
        MaskConfig config = new MaskConfig(PATTERN, MaskSolver.auto(), flow);
        if (chooser != null) {
            new KernelReplacement(block, chooser, hooks, null);
        }
        return new SparseBlock(
                block,
                ResolvedPolicy.of(LayerSelector.builder().optFrozen(true).build(), config),
                MaskAction.KEEP,
                null);
    }

    /** Returns the same masks and weights without a kernel. */
    private Block plainOf(SparseBlock model) {
        Block block = initialized(mlp(), new Shape(1, 16));
        for (LayerSparsity layer : model.getLayers()) {
            NDArray from = model.getParameters().get(layer.name()).getArray();
            NDArray to = block.getParameters().get(layer.name()).getArray();
            from.copyTo(to);
            if (layer.mask() != null) {
                to.muli(manager.create(layer.mask().toFloatArray(), to.getShape()));
            }
        }
        return block;
    }

    private Map<String, float[]> gradients(SparseBlock model, NDArray... inputs) {
        for (NDArray input : inputs) {
            input.setRequiresGradient(true);
        }
        model.forward(new ParameterStore(manager, false), new NDList(inputs), false);
        for (int attempt = 0; attempt < 20; attempt++) {
            long collections = countCollections();
            Map<String, float[]> found = new LinkedHashMap<>();
            Engine.getInstance().setRandomSeed(3); // for dropout
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                ParameterStore store = new ParameterStore(manager, false);
                NDArray y = model.forward(store, new NDList(inputs), true).head();
                found.put("output", y.toFloatArray());
                collector.backward(y.square().sum());
            }
            // DJL's own blocks use memory that a collection within a step frees.
            boolean sound = countCollections() == collections;
            for (int i = 0; i < inputs.length; i++) {
                takeGradient(found, "input " + i, inputs[i], true);
            }
            for (Pair<String, Parameter> entry : model.getParameters()) {
                takeGradient(found, entry.getKey(), entry.getValue().getArray(), !sound);
            }
            if (sound) {
                return found;
            }
        }
        throw new AssertionError("garbage collections in each attempt");
    }

    private static void takeGradient(
            Map<String, float[]> found, String name, NDArray array, boolean clear) {
        if (array.hasGradient()) {
            try (NDArray gradient = array.getGradient()) {
                found.put(name, gradient.toFloatArray());
                if (clear) {
                    gradient.set(new NDIndex("..."), gradient.zerosLike());
                }
            }
        }
    }

    private NDArray forward(Block block, NDArray x, boolean training) {
        ParameterStore store = new ParameterStore(manager, false);
        return block.forward(store, new NDList(x), training).head();
    }

    private static Block mlp() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(16).build())
                .add(Activation.tanhBlock())
                .add(Linear.builder().setUnits(12).optBias(false).build())
                .add(Activation.tanhBlock())
                .add(Linear.builder().setUnits(8).build());
    }

    private Block initialized(Block block, Shape... shapes) {
        Engine.getInstance().setRandomSeed(1);
        block.initialize(manager, DataType.FLOAT32, shapes);
        return block;
    }

    private NDArray input(int seed, long... shape) {
        Engine.getInstance().setRandomSeed(100 + seed);
        return manager.randomNormal(new Shape(shape));
    }

    private static Map<String, float[]> values(Block block) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (Pair<String, Parameter> entry : block.getParameters()) {
            values.put(entry.getKey(), entry.getValue().getArray().toFloatArray());
        }
        return values;
    }

    private static void assertClose(
            Map<String, float[]> actual, Map<String, float[]> expected, float tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, values) ->
                        assertClose(
                                name, actual.getOrDefault(name, new float[0]), values, tolerance));
    }

    private static void assertClose(
            String name, float[] actual, float[] expected, float tolerance) {
        float largest = 1e-3f; // a key's bias has a gradient of zero, up to rounding
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(actual).as(name).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]) / largest)
                    .as("%s, entry %d: %s, expected %s", name, i, actual[i], expected[i])
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    private static byte[] save(Block block) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }
}
