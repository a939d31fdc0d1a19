package org.djlsparse.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.ResourceCount;
import org.djlsparse.Sparsifier;
import org.djlsparse.SquaredError;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.internal.nn.ResolvedPolicy;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class GradientRuleTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final float LAMBDA = 0.25f; // large enough to have a visible effect
    private static final int BATCH = 16;

    private NDManager manager = NDManager.newBaseManager();

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(7);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<Arguments> rulesAndOptimizers() {
        List<Arguments> all = new ArrayList<>();
        for (String optimizer : List.of("momentum", "adam", "adamw")) {
            all.add(Arguments.of(GradientRule.masked(), 0f, optimizer));
            all.add(Arguments.of(GradientRule.straightThrough(), 0f, optimizer));
            all.add(Arguments.of(GradientRule.srSte(LAMBDA), LAMBDA, optimizer));
            all.add(Arguments.of(GradientRule.maskedDecay(LAMBDA), LAMBDA, optimizer));
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("rulesAndOptimizers")
    void eachStepIsThatOfTheGradientMadeByHand(GradientRule rule, float lambda, String optimizer)
            throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(1))
                        .optRule(rule)
                        .build();
        Linear linear = Linear.builder().setUnits(8).optBias(false).build();
        try (Model model = Model.newInstance("rule")) {
            model.setBlock(sparsifier.wrap(linear));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new SquaredError())
                            .optOptimizer(newOptimizer(optimizer));
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                NDArray weight = linear.getParameters().get("weight").getArray();
                NDArray byHand = manager.create(weight.toFloatArray(), weight.getShape());
                Optimizer plain = newOptimizer(optimizer);

                EasyTrain.fit(trainer, 2, data(trainer.getManager()), null);
                for (int step = 0; step < 8; step++) {
                    stepByHand(byHand, rule, lambda, plain, step % 4);
                }

                float[] actual = weight.toFloatArray();
                float[] expected = byHand.toFloatArray();
                for (int i = 0; i < actual.length; i++) {
                    assertThat(actual[i]).isCloseTo(expected[i], within(2e-6f));
                }
            }
        }
    }

    /** Updates the dense weight by the gradient of a leaf V = W * S, with the rule's formula. */
    private void stepByHand(
            NDArray weight, GradientRule rule, float lambda, Optimizer optimizer, int batch) {
        Mask mask = MaskSolver.exact().solve(weight.toFloatArray(), WeightShape.of(8, 16), PATTERN);
        NDArray keep = manager.create(mask.toFloatArray(), weight.getShape());
        NDArray masked = weight.mul(keep);
        masked.setRequiresGradient(true);
        NDArray x = input(manager).get(batch * BATCH + ":" + (batch + 1) * BATCH);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = x.matMul(masked.transpose());
            collector.backward(new SquaredError().evaluate(new NDList(labels(x)), new NDList(y)));
        }
        NDArray gradient = masked.getGradient().duplicate();
        if (rule.getFlow() == GradientFlow.MASKED) {
            gradient = gradient.mul(keep);
        }
        gradient = gradient.add(weight.sub(weight.mul(keep)).mul(lambda));
        optimizer.update("weight", weight, gradient);
    }

    @Test
    void keptEntriesGetTheStraightThroughGradientToTheBit() {
        float[] plain = gradient(null);
        float[] decayed = gradient(GradientRule.srSte(LAMBDA));
        float[] weights = weights();
        boolean[] keep = solve(weights).toBooleanArray();

        for (int i = 0; i < keep.length; i++) {
            assertThat(decayed[i]).isEqualTo(keep[i] ? plain[i] : plain[i] + LAMBDA * weights[i]);
        }
    }

    @Test
    void aRuleOfOnesOwnSeesWhereTheMaskPrunes() {
        for (GradientFlow flow : GradientFlow.values()) {
            GradientRule rule =
                    GradientRule.of(
                            "marks", flow, g -> g.gradient().muli(0).addi(g.pruned().mul(3)));
            float[] marks = gradient(rule);
            boolean[] keep = solve(weights()).toBooleanArray();

            for (int i = 0; i < keep.length; i++) {
                assertThat(marks[i]).isEqualTo(keep[i] ? 0 : 3);
            }
        }
    }

    private static float[] gradient(@Nullable GradientRule rule) {
        try (NDManager own = NDManager.newBaseManager()) {
            SparseBlock sparse = sparse(own, rule, MaskAction.KEEP);
            ParameterStore store = new ParameterStore(own, false);
            int before = ResourceCount.of(own);
            backward(sparse, store, own);
            sparse.endBackward();
            sparse.endBackward(); // takes effect once per forward pass, however often it is called
            assertThat(ResourceCount.of(own)).as("the mask tensor").isEqualTo(before + 1);
            return sparse.getParameters().get("weight").getArray().getGradient().toFloatArray();
        }
    }

    @Test
    void twoMirrorsGetTheTermOnce() {
        SparseBlock sparse = sparse(manager, GradientRule.srSte(LAMBDA), MaskAction.KEEP);
        NDArray first = sparse.getParameters().get("weight").getArray();
        NDArray second = first.duplicate();
        second.setRequiresGradient(true);
        class TwoMirrors extends ParameterStore {
            private boolean other;

            TwoMirrors() {
                super(manager, false);
            }

            @Override
            @SuppressWarnings("NullAway") // a layer without bias passes null for it
            public @Nullable NDArray getValue(
                    @Nullable Parameter parameter, Device device, boolean training) {
                return parameter == null ? null : other ? second : first;
            }
        }
        TwoMirrors store = new TwoMirrors();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(sparse, store, manager));
            store.other = true;
            collector.backward(loss(sparse, store, manager));
        }
        NDArray plain = first.getGradient().add(second.getGradient());

        sparse.endBackward();

        NDArray sum = first.getGradient().add(second.getGradient());
        float[] weights = first.toFloatArray();
        boolean[] keep = solve(weights).toBooleanArray();
        for (int i = 0; i < keep.length; i++) {
            float expected = keep[i] ? 0 : LAMBDA * weights[i];
            assertThat(sum.sub(plain).toFloatArray()[i]).isCloseTo(expected, within(1e-5f));
        }
        assertThat(first.getGradient().sub(second.getGradient()).abs().max().getFloat())
                .as("on one mirror only")
                .isPositive();
    }

    @Test
    void denseAndFrozenLayersGetNoTerm() {
        SparseBlock dense = sparse(manager, GradientRule.srSte(LAMBDA), MaskAction.DENSE);
        ParameterStore store = new ParameterStore(manager, false);
        backward(dense, store, manager);
        NDArray weight = dense.getParameters().get("weight").getArray();
        float[] before = weight.getGradient().toFloatArray();
        dense.endBackward();
        assertThat(weight.getGradient().toFloatArray()).isEqualTo(before);

        SparseBlock frozen = sparse(manager, GradientRule.srSte(LAMBDA), MaskAction.KEEP);
        backward(frozen, store, manager);
        frozen.endStep(0);
        frozen.freezeParameters(true);
        loss(frozen, store, manager);
        frozen.endBackward();
        assertThat(frozen.getLayers().get(0).mask()).as("kept").isNotNull();
        assertThat(frozen.getParameters().get("weight").getArray().hasGradient()).isFalse();
    }

    @Test
    void refusesAFactorThatIsNoneAbove0() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GradientRule.srSte(0))
                .withMessage("sr-ste: lambda 0.0: must be a number above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GradientRule.maskedDecay(Float.NaN))
                .withMessage("masked-decay: lambda NaN: must be a number above 0");
        assertThat(GradientRule.srSte(2e-4f)).hasToString("sr-ste(2.0E-4)");
    }

    private static SparseBlock sparse(
            NDManager manager, @Nullable GradientRule rule, MaskAction first) {
        GradientRule used = rule == null ? GradientRule.straightThrough() : rule;
        Linear linear = Linear.builder().setUnits(8).optBias(false).build();
        linear.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
        manager.create(weights(), new Shape(8, 16))
                .copyTo(linear.getParameters().get("weight").getArray());
        return new SparseBlock(
                linear,
                ResolvedPolicy.of(
                        LayerSelector.all(),
                        new MaskConfig(PATTERN, MaskSolver.auto(), used.getFlow(), used.newTerm())),
                first,
                null);
    }

    private static void backward(SparseBlock sparse, ParameterStore store, NDManager manager) {
        try (NDManager batch = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(sparse, store, batch));
        }
    }

    private static NDArray loss(SparseBlock sparse, ParameterStore store, NDManager manager) {
        return sparse.forward(store, new NDList(input(manager)), true).head().square().sum();
    }

    private static float[] weights() {
        float[] weights = new float[8 * 16];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.sin(1 + 1.7 * i);
        }
        return weights;
    }

    private static Mask solve(float[] weights) {
        return MaskSolver.exact().solve(weights, WeightShape.of(8, 16), PATTERN);
    }

    private static Optimizer newOptimizer(String name) {
        Tracker rate = Tracker.fixed(0.05f);
        return switch (name) {
            case "momentum" ->
                    Optimizer.sgd().setLearningRateTracker(rate).optMomentum(0.9f).build();
            case "adam" -> Optimizer.adam().optLearningRateTracker(rate).build();
            default -> Optimizer.adamW().optLearningRateTracker(rate).build();
        };
    }

    private static NDArray input(NDManager manager) {
        return manager.arange(64f * 16).reshape(64, 16).mul(0.7f).sin();
    }

    private static NDArray labels(NDArray x) {
        return x.get(":, :8").mul(2).sub(x.get(":, 8:"));
    }

    /** Returns four batches in a fixed order. */
    private static ArrayDataset data(NDManager manager) {
        NDArray x = input(manager);
        return new ArrayDataset.Builder()
                .setData(x)
                .optLabels(labels(x))
                .setSampling(BATCH, false)
                .build();
    }
}
