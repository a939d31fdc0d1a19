package org.djlsparse.it.docs;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;

import org.djlsparse.SensitivityReport;
import org.djlsparse.Sparsifier;
import org.djlsparse.cli.model.CausalTransformer;
import org.djlsparse.cli.model.TransformerSize;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.Distillation;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.SparseRecipe;
import org.djlsparse.training.WeightGradient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class DocsTrainingTest {

    @RegisterExtension final CapturedOutput output = new CapturedOutput();

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(1);
    }

    @Test
    void twoLines() throws Exception {
        Block block = SmallModel.newBlock();
        DefaultTrainingConfig config = SmallModel.newConfig();
        int epochs = 2;
        try (Model model = Model.newInstance("model")) {
            Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
            model.setBlock(sparsifier.wrap(block));
            config.addTrainingListeners(sparsifier.newListener());

            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                ArrayDataset train = SmallModel.newData(trainer.getManager());
                ArrayDataset validate = SmallModel.newData(trainer.getManager());

                EasyTrain.fit(trainer, epochs, train, validate);
            }
            System.out.println(sparsifier.report());
            Block plain = sparsifier.unwrap(model.getBlock());

            assertThat(output.text()).contains("masked; step 16").contains("valid  valid");
            assertThat(plain).isInstanceOf(SequentialBlock.class);
        }
    }

    @Test
    void theGradientOfTheWeights() throws Exception {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optKernel(LinearKernel.dense(DataType.FLOAT32))
                        .optWeightGradient(WeightGradient.sampled(7))
                        .build();
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            DefaultTrainingConfig config = SmallModel.newConfig();
            config.addTrainingListeners(sparsifier.newListener());
            fit(model, config);
            String report = sparsifier.report().toString();

            assertThat(report)
                    .contains("products of 01Linear_weight: dense-fp32; weight gradient sampled");
        }
    }

    @Test
    void theListenerAlone() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(6))
                        .build();
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            DefaultTrainingConfig firstConfig = SmallModel.newConfig();
            firstConfig.addTrainingListeners(sparsifier.newListener());
            fit(model, firstConfig);

            DefaultTrainingConfig secondConfig = SmallModel.newConfig();
            secondConfig.addTrainingListeners(sparsifier.newListener());
            fit(model, secondConfig);
        }
        assertThat(sparsifier.report().step()).isEqualTo(16);
        assertThat(sparsifier.getHistory().stream().map(LayerRefresh::step).distinct())
                .containsExactly(0L, 6L, 12L);
    }

    private static void fit(Model model, DefaultTrainingConfig config) throws Exception {
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(SmallModel.INPUT);
            EasyTrain.fit(trainer, 1, SmallModel.newData(trainer.getManager()), null);
        }
    }

    @Test
    void aLoopOfOnesOwn() throws Exception {
        Sparsifier sparsifier = inALoop(DocsTrainingTest::easyEpoch);

        assertThat(sparsifier.report().step()).isEqualTo(24);
        assertThat(sparsifier.getHistory().stream().map(LayerRefresh::step).distinct())
                .containsExactly(0L, 8L, 16L);
    }

    @Test
    void passesOfOnesOwn() throws Exception {
        Sparsifier sparsifier = inALoop(DocsTrainingTest::epoch);

        assertThat(sparsifier.report().step()).isEqualTo(24);
        assertThat(sparsifier.getHistory().stream().map(LayerRefresh::step).distinct())
                .containsExactly(0L, 8L, 16L);
    }

    private interface Epoch {
        void run(Trainer trainer, ArrayDataset data) throws Exception;
    }

    private static Sparsifier inALoop(Epoch epoch) throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.everyEpoch())
                        .build();
        DefaultTrainingConfig config = SmallModel.newConfig();
        config.addTrainingListeners(sparsifier.newListener());
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                ArrayDataset data = SmallModel.newData(trainer.getManager());
                for (int i = 0; i < 3; i++) {
                    epoch.run(trainer, data);
                }
            }
        }
        return sparsifier;
    }

    private static void easyEpoch(Trainer trainer, ArrayDataset data) throws Exception {
        for (Batch batch : trainer.iterateDataset(data)) {
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
            batch.close();
        }
        trainer.notifyListeners(listener -> listener.onEpoch(trainer));
    }

    private static void epoch(Trainer trainer, ArrayDataset data) throws Exception {
        for (Batch batch : trainer.iterateDataset(data)) {
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList prediction = trainer.forward(batch.getData());
                NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), prediction);
                collector.backward(loss);
            }
            TrainingListener.BatchData batchData =
                    new TrainingListener.BatchData(
                            batch, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
            trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, batchData));
            trainer.step();
            batch.close();
        }
        trainer.notifyListeners(listener -> listener.onEpoch(trainer));
    }

    @Test
    void aSelector() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optLayers(
                                LayerSelector.builder()
                                        .addExclude(".*head.*")
                                        .optMinSize(4096)
                                        .optPredicate((name, parameter) -> !name.startsWith("01"))
                                        .build())
                        .build();

        assertThat(masked(sparsifier))
                .contains("02layer0_03outputBlock_01Linear_weight: 2:4")
                .noneMatch(layer -> layer.contains("head"));
    }

    @Test
    void aPolicy() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(4, 8))
                        .optPolicy(
                                LayerPolicy.builder()
                                        .addDense(LayerSelector.named("04head_weight"))
                                        .add(
                                                LayerSelector.matching(".*outputBlock.*"),
                                                NmPattern.of(2, 4))
                                        .optDenseFirstAndLast(true)
                                        .build())
                        .build();

        assertThat(masked(sparsifier))
                .contains(
                        "02layer0_01selfAttention_02queryProjection_weight: 4:8",
                        "02layer0_03outputBlock_01Linear_weight: 2:4")
                .noneMatch(layer -> layer.contains("head"));
    }

    /** Returns the masked layers of a transformer of two layers, each with its pattern. */
    private static List<String> masked(Sparsifier sparsifier) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = new CausalTransformer(16, new TransformerSize(8, 64, 2, 64, 2));
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
            Block wrapped = sparsifier.wrap(block);
            List<String> layers =
                    sparsifier.report().layers().stream()
                            .filter(LayerSparsity::isChosen)
                            .map(layer -> layer.name() + ": " + layer.pattern())
                            .toList();
            sparsifier.unwrap(wrapped);
            return layers;
        }
    }

    @Test
    void sensitivity() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = SmallModel.newBlock();
            block.initialize(manager, DataType.FLOAT32, SmallModel.INPUT);
            NDArray points = manager.randomNormal(new Shape(64, 16));
            NDList data = new NDList(points);
            NDList labels = new NDList(points.get(":, :8").argMax(1));

            System.out.println(
                    SensitivityReport.measure(
                            block,
                            List.of(NmPattern.of(2, 4), NmPattern.of(4, 8)),
                            data,
                            labels,
                            Loss.softmaxCrossEntropyLoss()));

            assertThat(output.text()).contains("2:4 kept").contains("4:8 kept");
        }
    }

    @Test
    void ruleBackgroundAndMetrics() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(4))
                        .optRule(
                                GradientRule.of(
                                        "l1",
                                        GradientFlow.STRAIGHT_THROUGH,
                                        g ->
                                                g.gradient()
                                                        .addi(
                                                                g.weight()
                                                                        .sign()
                                                                        .mul(g.pruned())
                                                                        .mul(1e-5f))))
                        .optBackground(BackgroundRefresh.within(10))
                        .build();
        DefaultTrainingConfig config = SmallModel.newConfig();
        config.addTrainingListeners(sparsifier.newListener());
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                trainer.setMetrics(new Metrics());
                EasyTrain.fit(trainer, 4, SmallModel.newData(trainer.getManager()), null);
                assertThat(trainer.getMetrics().hasMetric("mask-flip-rate")).isTrue();
            }
        }
        assertThat(sparsifier.report().toString()).contains("every 4 steps, l1; step 32");
    }

    @Test
    void recipeAndDistillation() throws Exception {
        long steps = 32;
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optRecipe(SparseRecipe.staySparse(), steps)
                        .build();
        int epochs = 4;
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance("model")) {
            Block teacher = SmallModel.newBlock();
            teacher.initialize(manager, DataType.FLOAT32, SmallModel.INPUT);
            Distillation distillation =
                    Distillation.builder()
                            .setTeacher(teacher)
                            .optWeight(0.5f)
                            .optTemperature(2)
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(distillation.newLoss(Loss.softmaxCrossEntropyLoss()));
            config.addTrainingListeners(sparsifier.newListener());
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                ArrayDataset data = SmallModel.newData(trainer.getManager());
                ArrayDataset validation = data;
                EasyTrain.fit(trainer, epochs, distillation.dataset(data), validation);
            }
        }
        assertThat(sparsifier.report().toString()).contains("10 dense steps, kept from step 22");
        assertThat(sparsifier.report().isTransposable()).isTrue();
    }

    @Test
    void aChangedRecipe() {
        SparseRecipe recipe =
                SparseRecipe.staySparse().toBuilder()
                        .optName("transformer")
                        .optRefreshes(MaskSchedule.every(40))
                        .optRule(GradientRule.masked())
                        .build();

        assertThat(recipe)
                .hasToString(
                        "transformer: dense for 30.0%, then masked, masks refreshed every 40 steps,"
                                + " frozen for the last 30.0%");
    }

    /** Only compiled: there is no module here, and the property applies to the whole process. */
    static void importedModule(Model model, Sparsifier sparsifier, Path folder) throws Exception {
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
        model.load(folder, "net", Map.of("trainParam", "true"));
        model.setBlock(sparsifier.wrap(model.getBlock()));
    }
}
