package org.djlsparse.internal.nn;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoopTranslator;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.torch.DeviceMaskSolver;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.MaskAction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class SparseBlockTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final Shape INPUT = new Shape(3, 8, 6, 6);

    private NDManager manager = NDManager.newBaseManager();

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(1);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void namesParametersAndFilesAreTheWrappedBlocksOwn() throws Exception {
        Block plain = initialized(network());
        Engine.getInstance().setRandomSeed(1);
        SparseBlock sparse = wrap(network(), GradientFlow.STRAIGHT_THROUGH);
        sparse.initialize(manager, DataType.FLOAT32, INPUT);
        forward(sparse, input(), false);

        assertThat(sparse.getParameters().keys()).isEqualTo(plain.getParameters().keys());
        assertThat(sparse.isInitialized()).isTrue();
        assertThat(sparse.getInputShapes()).isEqualTo(plain.getInputShapes());
        assertThat(sparse.getOutputShapes(new Shape[] {INPUT}))
                .isEqualTo(plain.getOutputShapes(new Shape[] {INPUT}));
        assertThat(sparse.describeInput()).isEqualTo(plain.describeInput());
        // The same seed gave the same weights, and masks did not change them.
        assertThat(save(sparse)).isEqualTo(save(plain));

        Block loaded = network();
        loaded.loadParameters(manager, in(save(sparse)));
        assertThat(bits(forward(loaded, input(), false)))
                .isEqualTo(bits(forward(plain, input(), false)));
        SparseBlock back = wrap(network(), GradientFlow.STRAIGHT_THROUGH);
        back.loadParameters(manager, in(save(plain)));
        assertThat(bits(forward(back, input(), false)))
                .isEqualTo(bits(forward(sparse, input(), false)));
    }

    @ParameterizedTest
    @EnumSource(GradientFlow.class)
    void forwardUsesMaskedWeights(GradientFlow flow) {
        Block plain = initialized(network());
        SparseBlock sparse = wrap(plain, flow);
        NDArray training = forward(sparse, input(), true);
        NDArray evaluation = forward(sparse, input(), false);

        multiplyWeights(plain, sparse.getLayers());

        NDArray expected = forward(plain, input(), false);
        assertThat(bits(evaluation)).isEqualTo(bits(expected));
        assertThat(training.sub(expected).abs().max().getFloat()).isZero();
    }

    @Test
    void aSolverOnTheDeviceGetsTheWeightsThere() {
        TorchMaskSolver torch = TorchMaskSolver.create();
        class OnDevice implements MaskSolver, DeviceMaskSolver {
            @Override
            public Mask solve(float[] weights, WeightShape shape, NmPattern pattern) {
                throw new AssertionError("weights were copied to the heap");
            }

            @Override
            public boolean accepts(NDArray weight) {
                return true;
            }

            @Override
            public NDArray solve(NDArray weight, NmPattern pattern) {
                return torch.solve(weight, pattern);
            }
        }
        Block block = initialized(network());
        MaskConfig onDevice = new MaskConfig(PATTERN, new OnDevice(), GradientFlow.MASKED);
        SparseBlock sparse = new SparseBlock(block, policy(onDevice), MaskAction.KEEP, null);
        SparseBlock expected = wrap(block, GradientFlow.MASKED);
        int before = ResourceCount.of(manager);

        assertThat(sparse.getLayers().stream().map(LayerSparsity::mask))
                .containsExactlyElementsOf(
                        expected.getLayers().stream().map(LayerSparsity::mask).toList());
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void maskedGradientIsAutogradOfTheProduct() {
        Block block = initialized(linear());
        SparseBlock sparse = wrap(block, GradientFlow.MASKED);
        Mask mask = onlyMask(sparse);
        NDArray weight = weight(block);
        NDArray x = manager.randomNormal(new Shape(5, 12));
        NDArray dy = manager.randomNormal(new Shape(5, 8));

        NDArray gradient = gradient(weight, () -> forward(sparse, x, true).mul(dy).sum());
        NDArray bits = manager.create(mask.toFloatArray(), weight.getShape());
        NDArray expected =
                gradient(
                        weight,
                        () -> {
                            NDArray product = x.matMul(weight.mul(bits).transpose());
                            return product.mul(dy).sum();
                        });

        assertThat(bits(gradient)).isEqualTo(bits(expected));
        assertThat(gradient.mul(bits.sub(1)).abs().max().getFloat()).isZero();
    }

    @Test
    void straightThroughGradientIsThatOfTheMaskedWeight() {
        Block block = initialized(linear());
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
        Mask mask = onlyMask(sparse);
        NDArray weight = weight(block);
        NDArray x = manager.randomNormal(new Shape(5, 12));

        NDArray gradient = gradient(weight, () -> forward(sparse, x, true).square().sum());
        // dL/dV = 2 Y^T X with V = W * S and Y = X V^T, passed to W unchanged.
        NDArray masked =
                weight.stopGradient().mul(manager.create(mask.toFloatArray(), weight.getShape()));
        NDArray expected = x.matMul(masked.transpose()).mul(2).transpose().matMul(x);

        assertThat(gradient.sub(expected).abs().max().getFloat()).isLessThan(1e-4f);
        assertThat(gradient.eq(0).sum().getLong()).as("pruned entries learn too").isZero();
    }

    @Test
    void refreshUsesTheUpdatedWeightsAndWaitsForTraining() {
        Block block = initialized(linear());
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
        Mask first = onlyMask(sparse);
        NDArray x = manager.ones(new Shape(1, 12));
        weight(block).set(manager.randomNormal(new Shape(8, 12)).toFloatArray());

        sparse.plan(MaskAction.REFRESH);
        forward(sparse, x, false);
        assertThat(onlyMask(sparse)).as("evaluation refreshes nothing").isEqualTo(first);

        forward(sparse, x, true);
        Mask expected =
                MaskSolver.enumeration()
                        .solve(weight(block).toFloatArray(), WeightShape.of(8, 12), PATTERN);
        assertThat(onlyMask(sparse)).isEqualTo(expected).isNotEqualTo(first);
        assertThat(masked(sparse).get(0).flips()).isEqualTo(expected.countFlips(first));
        assertThat(sparse.getRefreshCount()).isEqualTo(2);

        forward(sparse, x, true);
        assertThat(sparse.getRefreshCount()).as("planned once, done once").isEqualTo(2);
    }

    @Test
    void aRefreshLeavesEarlierGraphsTheirMasks() throws Exception {
        Block block = initialized(linear());
        SparseBlock sparse = wrap(block, GradientFlow.MASKED);
        NDArray weight = weight(block);
        NDArray x = manager.randomNormal(new Shape(5, 12));
        NDArray expected = gradient(weight, () -> forward(sparse, x, true).sum());

        NDArray loss;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            loss = forward(sparse, x, true).sum();
            weight.stopGradient().muli(manager.randomNormal(weight.getShape()).sign());
            sparse.plan(MaskAction.REFRESH);
            forward(sparse, x, true);
            // If the old mask used Java memory, it would now be freed and reused.
            for (int i = 0; i < 3; i++) {
                System.gc();
                Thread.sleep(20);
                for (int j = 0; j < 100; j++) {
                    ByteBuffer.allocateDirect((int) weight.size() * Float.BYTES).put(0, (byte) -1);
                }
            }
            collector.backward(loss);
        }

        assertThat(bits(weight.getGradient())).isEqualTo(bits(expected));
    }

    @Test
    void denseUntilPlannedOtherwise() {
        Block block = initialized(linear());
        NDArray x = manager.randomNormal(new Shape(2, 12));
        String plain = bits(forward(block, x, false));
        SparseBlock sparse =
                new SparseBlock(
                        block,
                        policy(config(GradientFlow.STRAIGHT_THROUGH)),
                        MaskAction.DENSE,
                        null);

        assertThat(bits(forward(sparse, x, false))).isEqualTo(plain);
        assertThat(bits(forward(sparse, x, true))).isEqualTo(plain);
        assertThat(masked(sparse).get(0).mask()).isNull();
        assertThat(masked(sparse).get(0).getDensity()).isEqualTo(1);

        sparse.plan(MaskAction.KEEP);
        assertThat(bits(forward(sparse, x, false))).as("until training goes on").isEqualTo(plain);
        forward(sparse, x, true);
        assertThat(onlyMask(sparse).isTransposable()).isTrue();
        String masked = bits(forward(sparse, x, false));
        assertThat(masked).isNotEqualTo(plain);

        Mask mask = onlyMask(sparse);
        sparse.plan(MaskAction.DENSE);
        assertThat(bits(forward(sparse, x, true))).as("goes on from there").isEqualTo(masked);
        assertThat(onlyZerosWhere(mask, weight(block))).isTrue();
        weight(block).stopGradient().addi(1);
        assertThat(onlyZerosWhere(mask, weight(block))).isFalse();
        forward(sparse, x, true);
        sparse.endStep(0);
        forward(sparse, x, true);
        assertThat(weight(block).eq(0).sum().getLong()).as("only once").isZero();
    }

    private static boolean onlyZerosWhere(Mask mask, NDArray weight) {
        float[] keep = mask.toFloatArray();
        float[] values = weight.toFloatArray();
        for (int i = 0; i < keep.length; i++) {
            if (keep[i] == 0 && values[i] != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void eachDevicesWeightsGetTheZerosWhenMasksEnd() {
        NDArray x = manager.randomNormal(new Shape(2, 12));
        // Without inputs, the store provides the device, because no array does.
        Block block =
                new SequentialBlock()
                        .add(list -> list.isEmpty() ? new NDList(x) : list)
                        .add(Linear.builder().setUnits(8).optBias(false).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 12));
        Parameter parameter = block.getParameters().get("02Linear_weight");
        NDArray mirrored = parameter.getArray().duplicate();
        Device second = Device.gpu();
        ParameterStore other =
                new ParameterStore(manager.newSubManager(second), false) {
                    @Override
                    public NDArray getValue(Parameter wanted, Device device, boolean training) {
                        return wanted == parameter
                                ? mirrored
                                : super.getValue(wanted, device, training);
                    }
                };
        SparseBlock sparse = wrap(block, GradientFlow.MASKED);
        ParameterStore store = new ParameterStore(manager, false);
        sparse.forward(store, new NDList(), true);
        Mask mask = onlyMask(sparse);
        sparse.endStep(0);
        sparse.plan(MaskAction.DENSE);

        sparse.forward(store, new NDList(), true);
        assertThat(onlyZerosWhere(mask, parameter.getArray())).isTrue();
        assertThat(onlyZerosWhere(mask, mirrored)).isFalse();
        sparse.forward(other, new NDList(), true);
        assertThat(onlyZerosWhere(mask, mirrored)).isTrue();
    }

    @Test
    void aWeightThatIsNotFiniteIsNamedAndChangesNothing() {
        Block block = initialized(network());
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
        forward(sparse, input(), true);
        List<LayerSparsity> before = sparse.getLayers();
        NDArray last = block.getParameters().get("04Linear_weight").getArray();
        block.getParameters().get("01Conv2d_weight").getArray().muli(-3);
        NDArray good = last.duplicate();
        last.divi(0);
        sparse.plan(MaskAction.REFRESH);

        assertThatIllegalStateException()
                .isThrownBy(() -> forward(sparse, input(), true))
                .withMessageStartingWith(
                        "layer \"04Linear_weight\": no mask: weight at row 0, column 0 is")
                .withMessageEndingWith(
                        "must be finite; if training diverged, use a lower learning rate");

        assertThat(sparse.getLayers()).isEqualTo(before);
        good.copyTo(last);
        forward(sparse, input(), true);
        assertThat(sparse.getRefreshCount()).as("the refresh is still due").isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(GradientFlow.class)
    void unwrappedBlockPredictsTheSameToTheBit(GradientFlow flow) throws Exception {
        Block block = initialized(network());
        SparseBlock sparse = wrap(block, flow);
        String before = bits(forward(sparse, input(), false));
        List<LayerSparsity> layers = masked(sparse);

        Block plain = sparse.unwrap();

        assertThat(plain).isSameAs(block);
        assertThat(bits(forward(plain, input(), false))).isEqualTo(before);
        assertThat(bits(forward(sparse, input(), false))).isEqualTo(before);
        for (LayerSparsity layer : layers) {
            float[] weights = plain.getParameters().get(layer.name()).getArray().toFloatArray();
            float[] keep = Objects.requireNonNull(layer.mask()).toFloatArray();
            for (int i = 0; i < weights.length; i++) {
                assertThat(weights[i] != 0).isEqualTo(keep[i] == 1);
                // A compressed file keeps all values except +0.
                assertThat(Float.floatToIntBits(weights[i]) != 0).isEqualTo(keep[i] == 1);
            }
        }
        Block loaded = network();
        loaded.loadParameters(manager, in(save(plain)));
        assertThat(bits(forward(loaded, input(), false))).isEqualTo(before);
        assertThat(sparse.unwrap()).as("once more").isSameAs(block);
        assertThatIllegalStateException()
                .isThrownBy(() -> forward(sparse, input(), true))
                .withMessageContaining("was unwrapped");
        assertThatIllegalStateException()
                .isThrownBy(sparse::getLayers)
                .withMessage(
                        "this SparseBlock was unwrapped: its masks are gone; call report or"
                                + " getMasks before unwrap");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
    void unwrapWritesNothingIfAWeightIsNoLongerFinite(float value) {
        Block block = initialized(network());
        SparseBlock sparse = wrap(block, GradientFlow.MASKED);
        forward(sparse, input(), false); // makes the masks
        NDArray last = block.getParameters().get("04Linear_weight").getArray();
        NDArray good = last.duplicate();
        last.set(new NDIndex("2, 3"), value);
        NDArray first = block.getParameters().get("01Conv2d_weight").getArray();
        String before = bits(first);

        assertThatIllegalStateException()
                .isThrownBy(sparse::unwrap)
                .withMessage(
                        "layer \"04Linear_weight\": holds NaN or infinite weights: must be finite;"
                                + " if training diverged, use a lower learning rate");

        assertThat(bits(first)).isEqualTo(before);
        good.copyTo(last);
        assertThat(sparse.unwrap()).isSameAs(block);
    }

    @Test
    void unwrapWritesNothingIfAWeightIsNotFinite() {
        Block block = initialized(network());
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
        block.getParameters().get("04Linear_weight").getArray().divi(0);
        NDArray first = block.getParameters().get("01Conv2d_weight").getArray();
        String before = bits(first);

        assertThatIllegalStateException()
                .isThrownBy(sparse::unwrap)
                .withMessageContaining("04Linear_weight");

        assertThat(bits(first)).isEqualTo(before);
    }

    @Test
    void unwrapLeavesADenseModelAsItIs() throws Exception {
        Block block = initialized(network());
        byte[] before = save(block);
        SparseBlock sparse =
                new SparseBlock(block, policy(config(GradientFlow.MASKED)), MaskAction.DENSE, null);

        assertThat(save(sparse.unwrap())).isEqualTo(before);
        SparseBlock uninitialized = wrap(network(), GradientFlow.MASKED);
        assertThat(uninitialized.unwrap().isInitialized()).isFalse();
    }

    @Test
    void loadingWeightsMakesNewMasks() throws Exception {
        Block block = initialized(linear());
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
        Mask first = onlyMask(sparse);
        Block other = initialized(linear());

        sparse.loadParameters(manager, in(save(other)));

        Mask expected =
                MaskSolver.auto()
                        .solve(weight(other).toFloatArray(), WeightShape.of(8, 12), PATTERN);
        assertThat(onlyMask(sparse)).isEqualTo(expected).isNotEqualTo(first);
    }

    @Test
    void mirrorsOfTheParametersSeeTheSameMasks() {
        Block block = initialized(network());
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
        ParameterStore own = new ParameterStore(manager, false);
        ParameterStore mirror = new ParameterStore(manager.newSubManager(), true);
        NDList x = new NDList(input());

        String one = bits(sparse.forward(own, x, true).head());
        assertThat(bits(sparse.forward(mirror, x, true).head())).isEqualTo(one);
        assertThat(sparse.getRefreshCount()).isEqualTo(1);
    }

    /**
     * Trains as EasyTrain does with two devices. The engine has only one CPU device, so the copies
     * are mirrors.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mirrorsInTwoThreadsRefreshOnceAStepAndShareTheMasks(boolean background) throws Exception {
        Block block = initialized(linear());
        SparseBlock sparse =
                new SparseBlock(
                        block,
                        policy(config(GradientFlow.MASKED)),
                        MaskAction.REFRESH,
                        background ? BackgroundRefresh.after(1) : null);
        List<ParameterStore> stores = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            stores.add(new ParameterStore(manager.newSubManager(), true));
        }
        NDArray x = manager.randomNormal(new Shape(2, 12));
        ExecutorService devices = Executors.newFixedThreadPool(2);
        try {
            for (int step = 0; step < 50; step++) {
                weight(block).stopGradient().subi(manager.randomNormal(new Shape(8, 12)).mul(0.1f));
                sparse.plan(MaskAction.REFRESH);
                List<Callable<String>> forwards = new ArrayList<>();
                for (ParameterStore store : stores) {
                    forwards.add(() -> bits(sparse.forward(store, new NDList(x), true).head()));
                }
                List<String> results = new ArrayList<>();
                for (Future<String> forward : devices.invokeAll(forwards)) {
                    results.add(forward.get());
                }
                assertThat(results.get(0)).as("step %d", step).isEqualTo(results.get(1));
                // In the background, the masks of a step are used in the next one.
                long expected = background && step > 0 ? step : step + 1;
                assertThat(sparse.getRefreshCount()).isEqualTo(expected);
                sparse.endStep(0);
                sparse.endBackward();
            }
        } finally {
            devices.shutdown();
        }
    }

    @Test
    void predictorsInSeveralThreadsAgree() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try (Model model = Model.newInstance("predictors")) {
            Block block = network();
            block.initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
            SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
            model.setBlock(sparse);
            NDArray x = input();
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                tasks.add(
                        () -> {
                            try (Predictor<NDList, NDList> predictor =
                                    model.newPredictor(new NoopTranslator(null))) {
                                return bits(predictor.predict(new NDList(x)).head());
                            }
                        });
            }
            String expected = tasks.get(0).call();
            for (Future<String> result : pool.invokeAll(tasks)) {
                assertThat(result.get()).isEqualTo(expected);
            }
            assertThat(sparse.getRefreshCount()).isEqualTo(1);
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void predictionHoldsOnToNothing() throws Exception {
        try (Model model = Model.newInstance("predictor")) {
            Block block = network();
            block.initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
            model.setBlock(wrap(block, GradientFlow.STRAIGHT_THROUGH));
            NDArray x = input();
            try (Predictor<NDList, NDList> predictor =
                    model.newPredictor(new NoopTranslator(null))) {
                predictor.predict(new NDList(x)).close();
                int before = ResourceCount.of(model.getNDManager());
                for (int i = 0; i < 20; i++) {
                    predictor.predict(new NDList(x)).close();
                }
                assertThat(ResourceCount.of(model.getNDManager())).isEqualTo(before);
            }
        }
    }

    @Test
    void doubleAndHalfWeightsAreMasked() {
        for (DataType type : new DataType[] {DataType.FLOAT64, DataType.FLOAT16}) {
            Block block = linear();
            block.initialize(manager, type, new Shape(1, 12));
            SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);
            NDArray x = manager.ones(new Shape(1, 12), type);

            assertThat(forward(sparse, x, true).getDataType()).isEqualTo(type);
            assertThat(onlyMask(sparse).getDensity()).isEqualTo(0.5);
        }
    }

    @Test
    void aSharedWeightHasOneMask() {
        Linear shared = Linear.builder().setUnits(8).optBias(false).build();
        Block block = new SequentialBlock().add(shared).add(Activation.reluBlock()).add(shared);
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        SparseBlock sparse = wrap(block, GradientFlow.STRAIGHT_THROUGH);

        forward(sparse, manager.ones(new Shape(1, 8)), true);

        LayerSparsity only = sparse.getLayers().get(0);
        assertThat(sparse.getLayers()).containsExactly(only);
        assertThat(only.name()).isEqualTo("01Linear_weight");
        assertThat(only.otherNames()).containsExactly("03Linear_weight");
        assertThat(onlyMask(sparse).getDensity()).isEqualTo(0.5);
    }

    @Test
    void startsFromDataAsDjlsBlocksDo() {
        SparseBlock sparse = wrap(linear(), GradientFlow.STRAIGHT_THROUGH);

        forward(sparse, manager.ones(new Shape(1, 12)), true);

        assertThat(onlyMask(sparse).isTransposable()).isTrue();
    }

    @Test
    void refusesAWrappedBlock() {
        Block wrapped = wrap(linear(), GradientFlow.MASKED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wrap(new SequentialBlock().add(wrapped), GradientFlow.MASKED))
                .withMessageContaining("is or contains a SparseBlock");
    }

    @Test
    void aModelWithoutAnyLayerToMaskIsAnError() {
        Block block = initialized(Linear.builder().setUnits(2).build());
        SparseBlock sparse = wrap(block, GradientFlow.MASKED);
        assertThatIllegalStateException()
                .isThrownBy(() -> forward(sparse, manager.ones(new Shape(1, 12)), true))
                .withMessageStartingWith(
                        "no layer can carry pattern 2:4; a linear, recurrent or ungrouped"
                                + " convolution layer with at least M outputs and M inputs is"
                                + " needed: weight: 2 outputs, fewer");
    }

    private static Block network() {
        return new SequentialBlock()
                .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(10).build())
                .add(Activation.reluBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(7).build());
    }

    private static Block linear() {
        return Linear.builder().setUnits(8).optBias(false).build();
    }

    private Block initialized(Block block) {
        block.initialize(
                manager, DataType.FLOAT32, block instanceof Linear ? new Shape(1, 12) : INPUT);
        return block;
    }

    private NDArray input() {
        return manager.arange((float) INPUT.size())
                .toType(DataType.FLOAT32, false)
                .sin()
                .reshape(INPUT);
    }

    private static MaskConfig config(GradientFlow flow) {
        return new MaskConfig(PATTERN, MaskSolver.auto(), flow);
    }

    private static ResolvedPolicy policy(MaskConfig config) {
        return ResolvedPolicy.of(LayerSelector.all(), config);
    }

    private static SparseBlock wrap(Block block, GradientFlow flow) {
        return new SparseBlock(block, policy(config(flow)), MaskAction.KEEP, null);
    }

    private NDArray forward(Block block, NDArray x, boolean training) {
        return block.forward(new ParameterStore(manager, false), new NDList(x), training).head();
    }

    private static List<LayerSparsity> masked(SparseBlock sparse) {
        return sparse.getLayers().stream().filter(LayerSparsity::isChosen).toList();
    }

    private static Mask onlyMask(SparseBlock sparse) {
        return Objects.requireNonNull(masked(sparse).get(0).mask());
    }

    private static NDArray weight(Block linear) {
        return linear.getParameters().get("weight").getArray();
    }

    private void multiplyWeights(Block block, List<LayerSparsity> layers) {
        for (LayerSparsity layer : layers) {
            if (layer.mask() != null) {
                Parameter parameter = block.getParameters().get(layer.name());
                NDArray weight = parameter.getArray();
                weight.muli(manager.create(layer.mask().toFloatArray(), weight.getShape()));
            }
        }
    }

    private static NDArray gradient(NDArray weight, Supplier<NDArray> loss) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss.get());
        }
        NDArray gradient = weight.getGradient().duplicate();
        weight.getGradient().subi(weight.getGradient());
        return gradient;
    }

    /** Returns the exact values, with zeros of either sign as equal. */
    private static String bits(NDArray array) {
        return Arrays.toString(array.add(0f).toFloatArray());
    }

    private static byte[] save(Block block) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static DataInputStream in(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }
}
