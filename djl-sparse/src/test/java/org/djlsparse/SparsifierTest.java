package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class SparsifierTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @Test
    void trainsWithTwoAddedLines() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder().setPattern(PATTERN).optSchedule(MaskSchedule.every(4)).build();
        try (Model model = Model.newInstance("two-lines")) {
            model.setBlock(sparsifier.wrap(network()));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            float first;
            float last;
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                assertThat(sparsifier.report().isTransposable()).as("before training").isTrue();
                first = loss(trainer);
                EasyTrain.fit(trainer, 5, data(trainer.getManager()), null);
                last = loss(trainer);
            }
            SparsityReport report = sparsifier.report();
            assertThat(last).isLessThan(0.8f * first);
            assertThat(report.isTransposable()).isTrue();
            assertThat(report.getDensity()).isEqualTo(0.5);
            assertThat(report.step()).isEqualTo(20);
            assertThat(report.refreshes()).as("before, and at steps 0, 4, 8, 12, 16").isEqualTo(6);
            assertThat(report.getFlipRate()).isBetween(0.0001, 0.5);
            assertThat(report.toString())
                    .contains("2:4 masks, every 4 steps, masked; step 20, 6 refreshes")
                    .contains("01Linear_weight  (32, 16)  2:4      50.0%")
                    .contains("valid  valid    enumeration")
                    .contains("2 vectors: type BIAS");
            assertThat(sparsifier.unwrap(model.getBlock())).isInstanceOf(SequentialBlock.class);
        }
    }

    @Test
    void warnsOfAForgottenListener() throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        try (Model model = Model.newInstance("forgotten")) {
            model.setBlock(sparsifier.wrap(network()));
            DefaultTrainingConfig told = config();
            told.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(told)) {
                trainer.initialize(new Shape(1, 16));
                EasyTrain.fit(trainer, 1, data(trainer.getManager()), null);
                assertThat(sparsifier.report().warnings()).isEmpty();
            }
            try (Trainer trainer = model.newTrainer(config())) {
                EasyTrain.fit(trainer, 24, data(trainer.getManager()), null);
                assertThat(sparsifier.report().warnings()).as("96 passes").isEmpty();
                EasyTrain.fit(trainer, 2, data(trainer.getManager()), null);
            }
        }
        assertThat(sparsifier.report().warnings())
                .singleElement()
                .asString()
                .startsWith(
                        "104 training forward passes, but no listener was notified of a batch: ");
        assertThat(sparsifier.report().toString())
                .containsPattern("(?m)^warning: 104 training forward passes");
    }

    @Test
    void warnsOfExpressionsThatMatchNothing() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optLayers(
                                LayerSelector.builder()
                                        .addInclude("01.*")
                                        .addInclude("Linear")
                                        .addExclude("head.*")
                                        .addExclude(".*bias")
                                        .build())
                        .build();
        sparsifier.wrap(network());

        assertThat(sparsifier.report().warnings())
                .hasSize(2)
                .allSatisfy(
                        warning ->
                                assertThat(warning)
                                        .contains(
                                                " does not match the whole name of any parameter;"
                                                        + " the block has 01Linear_weight,"
                                                        + " 01Linear_bias"))
                .satisfiesExactly(
                        include -> assertThat(include).startsWith("layers: include \"Linear\" "),
                        exclude -> assertThat(exclude).startsWith("layers: exclude \"head.*\" "));
    }

    @Test
    void aWarningListsNotAllNamesOfALargeModel() {
        SequentialBlock large = new SequentialBlock();
        for (int i = 0; i < 10; i++) {
            large.add(Linear.builder().setUnits(8).build());
        }
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optLayers(LayerSelector.matching("Linear"))
                        .build();
        sparsifier.wrap(large);

        assertThat(sparsifier.report().warnings())
                .singleElement()
                .asString()
                .endsWith("04Linear_bias, 05Linear_weight, 05Linear_bias and 10 more");
    }

    @Test
    void refreshedMasksAreThoseOfTheWeightsAtThatStep() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(3).warmUp(2).keepFrom(9))
                        .build();
        try (Model model = Model.newInstance("steps")) {
            Block block = network();
            model.setBlock(sparsifier.wrap(block));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                Map<String, Mask> expected = Map.of();
                int step = 0;
                for (int epoch = 0; epoch < 3; epoch++) {
                    for (Batch batch : trainer.iterateDataset(data(trainer.getManager()))) {
                        if (step == 2 || step == 5 || step == 8) {
                            expected = solve(block);
                        }
                        EasyTrain.trainBatch(trainer, batch);
                        trainer.step();
                        batch.close();
                        assertThat(sparsifier.getMasks()).as("step %d", step).isEqualTo(expected);
                        step++;
                    }
                }
                assertThat(step).isEqualTo(12);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withMasksOffTrainingIsPlainDjlToTheBit(boolean adam) throws Exception {
        Sparsifier off =
                Sparsifier.builder().setPattern(PATTERN).optSchedule(MaskSchedule.off()).build();
        Sparsifier on = Sparsifier.builder().setPattern(PATTERN).build();

        List<String> plain = trained(null, adam);

        assertThat(trained(off, adam)).isEqualTo(plain);
        assertThat(trained(on, adam)).isNotEqualTo(plain);
        assertThat(off.report().getDensity()).isEqualTo(1);
        assertThat(off.getMasks()).isEmpty();
    }

    @Test
    void prunedWeightsRestUnderTheMaskedRule() throws Exception {
        Sparsifier masked =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.once())
                        .optRule(GradientRule.masked())
                        .build();
        try (Model model = Model.newInstance("masked")) {
            model.setBlock(masked.wrap(network()));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(masked.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                Mask mask = masked.getMasks().values().iterator().next();
                float[] before = weight(model);
                EasyTrain.fit(trainer, 2, data(trainer.getManager()), null);
                float[] after = weight(model);
                boolean[] keep = mask.toBooleanArray();
                int moved = 0;
                for (int i = 0; i < keep.length; i++) {
                    if (keep[i]) {
                        moved += after[i] != before[i] ? 1 : 0;
                    } else {
                        assertThat(after[i]).isEqualTo(before[i]);
                    }
                }
                assertThat(moved).isGreaterThan(200);
                assertThat(masked.getMasks().values()).contains(mask);
            }
        }
    }

    static Stream<GradientRule> rules() {
        return Stream.of(
                GradientRule.masked(),
                GradientRule.straightThrough(),
                GradientRule.srSte(2e-4f),
                GradientRule.maskedDecay(),
                GradientRule.of(
                        "own",
                        GradientFlow.MASKED,
                        g -> g.gradient().addi(g.weight().mul(g.pruned()).mul(1e-3f))));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void fiveHundredStepsHoldOnToNothing(GradientRule rule) throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(7).warmUp(30))
                        .optRule(rule)
                        .build();
        Engine.getInstance().setRandomSeed(4);
        try (Model model = Model.newInstance("leaks")) {
            model.setBlock(sparsifier.wrap(network()));
            DefaultTrainingConfig config = config().optOptimizer(Optimizer.adam().build());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                try (NDManager other = NDManager.newBaseManager()) {
                    ArrayDataset data = data(other);
                    EasyTrain.fit(trainer, 10, data, null);
                    int before = ResourceCount.of(model.getNDManager());
                    EasyTrain.fit(trainer, 125, data, null);
                    assertThat(ResourceCount.of(model.getNDManager())).isEqualTo(before);
                }
            }
            assertThat(sparsifier.report().step()).isEqualTo(540);
        }
    }

    @Test
    void schedulesGoByEpochs() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.everyEpoch().warmUpEpochs(1).denseFromEpoch(3))
                        .build();
        try (Model model = Model.newInstance("epochs")) {
            model.setBlock(sparsifier.wrap(network()));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                long[] refreshes = {0, 1, 2, 2};
                boolean[] masked = {false, true, true, false};
                for (int epoch = 0; epoch < 4; epoch++) {
                    ArrayDataset data = data(trainer.getManager());
                    EasyTrain.fit(trainer, 1, data, data);
                    assertThat(sparsifier.report().refreshes()).isEqualTo(refreshes[epoch]);
                    assertThat(sparsifier.getMasks().isEmpty()).isEqualTo(!masked[epoch]);
                }
            }
        }
    }

    @Test
    void theScheduleGoesOnUnderASecondTrainer() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(1).warmUp(6))
                        .build();
        try (Model model = Model.newInstance("two-trainers")) {
            model.setBlock(sparsifier.wrap(network()));
            for (int i = 0; i < 2; i++) {
                DefaultTrainingConfig config = config();
                config.addTrainingListeners(sparsifier.newListener());
                try (Trainer trainer = model.newTrainer(config)) {
                    trainer.initialize(new Shape(1, 16));
                    EasyTrain.fit(trainer, 1, data(trainer.getManager()), null);
                }
                assertThat(sparsifier.report().refreshes()).isEqualTo(2L * i);
            }
            assertThat(sparsifier.report().step()).isEqualTo(8);
        }
    }

    @Test
    void aPartOfAModelCanBeWrapped() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder().setPattern(PATTERN).optSchedule(MaskSchedule.every(2)).build();
        try (Model model = Model.newInstance("part")) {
            Block part = sparsifier.wrap(network());
            model.setBlock(
                    new SequentialBlock().add(Linear.builder().setUnits(16).build()).add(part));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                EasyTrain.fit(trainer, 1, data(trainer.getManager()), null);
            }
            assertThat(sparsifier.getMasks().keySet())
                    .containsExactly("01Linear_weight", "03Linear_weight");
            assertThat(sparsifier.report().refreshes()).isEqualTo(2);
        }
    }

    @Test
    void aListenerNeedsItsWrappedBlock() {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Sparsifier other = Sparsifier.builder().setPattern(PATTERN).build();
        try (Model model = Model.newInstance("listener")) {
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            for (Block block : new Block[] {network(), other.wrap(network())}) {
                model.setBlock(block);
                assertThatIllegalStateException()
                        .isThrownBy(() -> model.newTrainer(config))
                        .withMessageStartingWith(
                                "listener without its wrapped block: call"
                                        + " model.setBlock(sparsifier.wrap(block))");
            }
        }
    }

    @Test
    void twoListenersOfOneSparsifierAreAnError() {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        try (Model model = Model.newInstance("listeners")) {
            model.setBlock(sparsifier.wrap(network()));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener(), sparsifier.newListener());
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.newTrainer(config))
                    .withMessageStartingWith("two listeners of one Sparsifier in one trainer");
        }
    }

    @Test
    void oneSparsifierServesOneModel() {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        assertThatIllegalStateException()
                .isThrownBy(sparsifier::report)
                .withMessage("nothing is wrapped yet: call wrap(block) first");
        Block wrapped = sparsifier.wrap(network());
        assertThatIllegalStateException()
                .isThrownBy(() -> sparsifier.wrap(network()))
                .withMessage(
                        "this Sparsifier has already wrapped a block: build one Sparsifier per"
                                + " model");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sparsifier.unwrap(network()))
                .withMessage(
                        "block SequentialBlock: is not the block that this Sparsifier wrapped;"
                                + " pass the block that wrap returned, such as model.getBlock()");
        assertThat(sparsifier.unwrap(wrapped)).isInstanceOf(SequentialBlock.class);
        String gone =
                "this SparseBlock was unwrapped: its masks are gone; call report or getMasks before"
                        + " unwrap";
        assertThatIllegalStateException().isThrownBy(sparsifier::report).withMessage(gone);
        assertThatIllegalStateException().isThrownBy(sparsifier::getMasks).withMessage(gone);
    }

    @Test
    void theBuilderNamesWhatIsMissingOrDoesNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sparsifier.builder().build())
                .withMessage("pattern: must be set, such as NmPattern.of(2, 4)");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                Sparsifier.builder()
                                        .setPattern(NmPattern.of(4, 8))
                                        .optSolver(MaskSolver.enumeration())
                                        .build())
                .withMessage(
                        "solver \"enumeration\" does not support pattern 4:8; MaskSolver.auto()"
                                + " picks one that does");
    }

    @Test
    void saysHowItIsSetUp() {
        assertThat(
                        Sparsifier.builder()
                                .setPattern(NmPattern.of(4, 8))
                                .optRule(GradientRule.masked())
                                .build())
                .hasToString(
                        "Sparsifier(pattern=4:8, solver=auto, schedule=every 40 steps,"
                                + " rule=masked, layers=LayerSelector(types=[WEIGHT]))");
    }

    @Test
    void theTorchSolverTrainsAsTheDefaultDoesToTheBit() throws Exception {
        MaskSchedule schedule = MaskSchedule.every(2);
        Sparsifier byDefault =
                Sparsifier.builder().setPattern(PATTERN).optSchedule(schedule).build();
        Sparsifier torch =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(schedule)
                        .optSolver(TorchMaskSolver.create())
                        .build();
        Sparsifier rarely = Sparsifier.builder().setPattern(PATTERN).build();

        List<String> expected = trained(byDefault, true);

        assertThat(trained(torch, true)).isEqualTo(expected);
        assertThat(torch.report().toString()).contains("valid  valid    torch");
        assertThat(trained(rarely, true)).as("masks matter").isNotEqualTo(expected);
    }

    private static List<String> trained(@Nullable Sparsifier sparsifier, boolean adam)
            throws Exception {
        Engine.getInstance().setRandomSeed(3);
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier == null ? network() : sparsifier.wrap(network()));
            DefaultTrainingConfig config = config();
            if (adam) {
                config.optOptimizer(Optimizer.adam().build());
            }
            if (sparsifier != null) {
                config.addTrainingListeners(sparsifier.newListener());
            }
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                EasyTrain.fit(trainer, 3, data(trainer.getManager()), null);
            }
            List<String> weights = new ArrayList<>();
            model.getBlock()
                    .getParameters()
                    .values()
                    .forEach(p -> weights.add(Arrays.toString(p.getArray().toFloatArray())));
            return weights;
        }
    }

    private static Map<String, Mask> solve(Block block) {
        return Map.of(
                "01Linear_weight",
                MaskSolver.auto()
                        .solve(
                                block.getParameters()
                                        .get("01Linear_weight")
                                        .getArray()
                                        .toFloatArray(),
                                WeightShape.of(32, 16),
                                PATTERN),
                "03Linear_weight",
                MaskSolver.auto()
                        .solve(
                                block.getParameters()
                                        .get("03Linear_weight")
                                        .getArray()
                                        .toFloatArray(),
                                WeightShape.of(8, 32),
                                PATTERN));
    }

    private static float[] weight(Model model) {
        return model.getBlock().getParameters().get("01Linear_weight").getArray().toFloatArray();
    }

    private static float loss(Trainer trainer) {
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDArray x = input(manager);
            NDList prediction = trainer.evaluate(new NDList(x));
            return trainer.getLoss().evaluate(new NDList(labels(x)), prediction).getFloat();
        }
    }

    private static Block network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(32).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(8).build());
    }

    private static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(new SquaredError())
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.05f)).build());
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
                .setSampling(16, false)
                .build();
    }
}
