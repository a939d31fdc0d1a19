package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.internal.torch.TrainedModule;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests of imported TorchScript modules, which hold their weights themselves. */
class TorchScriptModelTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final WeightShape FIRST = WeightShape.of(12, 16);
    private static final String FORWARD =
            """
                h = torch.relu(torch.linear(x, self.fc1_weight, self.fc1_bias))
                e = torch.mean(self.embed_weight)
                return torch.add(torch.linear(h, self.fc2_weight, None), e)
            """;

    @TempDir Path folder;
    private final NDManager manager = NDManager.newBaseManager();
    private Model model;

    /**
     * Switches off the graph optimizer, with which DJL cannot evaluate a module that has been
     * trained, masked or not.
     */
    @BeforeAll
    static void switchOffGraphOptimizer() {
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
    }

    @AfterAll
    static void leaveGraphOptimizer() {
        System.clearProperty("ai.djl.pytorch.graph_optimizer");
    }

    @BeforeEach
    void load() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        Random random = new Random(1);
        new TrainedModule()
                .add("fc1_weight", random(random, 12 * 16), 12, 16)
                .add("fc1_bias", random(random, 12), 12)
                .add("fc2_weight", random(random, 8 * 12), 8, 12)
                .add("embed_weight", random(random, 8 * 8), 8, 8)
                .write(folder.resolve("net.pt"), FORWARD);
        model = Model.newInstance("net");
        model.load(folder, "net", Map.of("trainParam", "true"));
    }

    @AfterEach
    void close() {
        model.close();
        manager.close();
    }

    @Test
    void forwardUsesMaskedWeightsThatStandInTheModule() {
        Block block = model.getBlock();
        float[] dense = weight(block, "fc1_weight");
        float[] second = weight(block, "fc2_weight");
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Block sparse = sparsifier.wrap(block);
        NDArray x = manager.randomNormal(new Shape(3, 16));

        NDArray y = forward(sparse, x);

        Mask mask = MaskSolver.enumeration().solve(dense, FIRST, PATTERN);
        assertThat(sparsifier.getMasks())
                .containsOnlyKeys("fc1_weight", "fc2_weight")
                .containsEntry("fc1_weight", mask);
        assertThat(weight(block, "fc1_weight")).isEqualTo(masked(dense, mask));
        Mask other = Objects.requireNonNull(sparsifier.getMasks().get("fc2_weight"));
        NDArray hidden =
                x.matMul(manager.create(masked(dense, mask), new Shape(12, 16)).transpose())
                        .add(manager.create(weight(block, "fc1_bias")));
        NDArray expected =
                hidden.maximum(0)
                        .matMul(manager.create(masked(second, other), new Shape(8, 12)).transpose())
                        .add(manager.create(weight(block, "embed_weight")).mean());
        assertThat(y.sub(expected).abs().max().getFloat()).isLessThan(1e-4f);
        assertThat(sparsifier.report().toString())
                .contains("embed_weight (8, 8): embedding, by its name; name it to mask it");
    }

    @Test
    void filesHoldAndReplaceTheDenseWeightsWhileWrapped() throws Exception {
        Block block = model.getBlock();
        float[] dense = weight(block, "fc1_weight");
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Block sparse = sparsifier.wrap(block);
        NDArray x = manager.randomNormal(new Shape(3, 16));
        Path file = folder.resolve("net.safetensors");
        forward(sparse, x);
        assertThat(weight(block, "fc1_weight")).as("masked in place").isNotEqualTo(dense);

        ModelWeights.write(sparse, file);

        assertThat(weight(block, "fc1_weight")).isEqualTo(dense);
        forward(sparse, x);
        try (NDArray stopped = block.getParameters().get("fc1_weight").getArray().stopGradient()) {
            stopped.muli(-3);
        }
        sparsifier.getMasks();
        ModelWeights.read(sparse, file);
        assertThat(weight(block, "fc1_weight")).isEqualTo(dense);
        forward(sparse, x);
        Mask mask = MaskSolver.enumeration().solve(dense, FIRST, PATTERN);
        assertThat(weight(block, "fc1_weight")).isEqualTo(masked(dense, mask));
        ModelWeights.write(sparse, file);
        assertThat(weight(block, "fc1_weight")).isEqualTo(dense);
    }

    /** The test passes whether the block casts or refuses to, as in this version of DJL. */
    @Test
    void castingLosesNothing() {
        Block block = model.getBlock();
        float[] dense = weight(block, "fc1_weight");
        Block sparse = Sparsifier.builder().setPattern(PATTERN).build().wrap(block);
        forward(sparse, manager.randomNormal(new Shape(3, 16)));
        assertThat(weight(block, "fc1_weight")).isNotEqualTo(dense);

        try {
            sparse.cast(DataType.FLOAT32);
        } catch (UnsupportedOperationException e) {
            assertThat(e).isNotNull();
        }

        assertThat(weight(block, "fc1_weight")).isEqualTo(dense);
    }

    @ParameterizedTest
    @ValueSource(strings = {"masked", "straight-through", "sr-ste"})
    void trainsAsTheSameModelOfDjlsBlocksDoes(String rule) throws Exception {
        Random random = new Random(2);
        float[] first = random(random, 12 * 16);
        float[] second = random(random, 8 * 12);
        new TrainedModule()
                .add("fc1_weight", first, 12, 16)
                .add("fc1_bias", new float[12], 12)
                .add("fc2_weight", second, 8, 12)
                .write(
                        folder.resolve("twin.pt"),
                        """
                            h = torch.relu(torch.linear(x, self.fc1_weight, self.fc1_bias))
                            return torch.linear(h, self.fc2_weight, None)
                        """);
        Block djl =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(12).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(8).optBias(false).build());
        djl.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
        copy(first, djl, "01Linear_weight");
        copy(new float[12], djl, "01Linear_bias");
        copy(second, djl, "03Linear_weight");
        Sparsifier expected = sparsifier(rule);
        Sparsifier sparsifier = sparsifier(rule);
        try (Model twin = Model.newInstance("twin");
                Model plain = Model.newInstance("plain")) {
            twin.load(folder, "twin", Map.of("trainParam", "true"));
            Block module = twin.getBlock();
            twin.setBlock(sparsifier.wrap(module));
            plain.setBlock(expected.wrap(djl));
            int flips = 0;
            try (Trainer twinTrainer = trainer(twin, sparsifier);
                    Trainer plainTrainer = trainer(plain, expected)) {
                for (int step = 0; step < 30; step++) {
                    TrainingStep.run(plainTrainer, step);
                    TrainingStep.run(twinTrainer, step);
                    assertThat(weight(module, "fc1_weight"))
                            .as("step %d", step)
                            .isEqualTo(weight(djl, "01Linear_weight"));
                    assertThat(List.copyOf(sparsifier.getMasks().values()))
                            .isEqualTo(List.copyOf(expected.getMasks().values()));
                    flips += expected.report().getFlipRate() > 0 ? 1 : 0;
                    if (step % 3 == 0) {
                        NDArray x = manager.randomNormal(new Shape(2, 16));
                        assertThat(forward(twin.getBlock(), x).toFloatArray())
                                .isEqualTo(forward(plain.getBlock(), x).toFloatArray());
                    }
                }
            }
            assertThat(flips).as("steps after a refresh that changed masks").isPositive();
            assertThat(sparsifier.report().isTransposable()).isTrue();
        }
    }

    @Test
    void aWrappedModuleIsSavedDense() throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Block block = model.getBlock();
        model.setBlock(sparsifier.wrap(block));
        float[] dense = weight(block, "fc1_weight");
        forward(model.getBlock(), manager.ones(new Shape(1, 16)));
        assertThat(weight(block, "fc1_weight")).contains(0f);
        model.save(folder.resolve("saved"), "wrapped");

        assertThat(weight(block, "fc1_weight")).isEqualTo(dense);
    }

    @Test
    void withoutTheListenerWhatAStepDoesToPrunedWeightsIsUndone() {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Block block = model.getBlock();
        model.setBlock(sparsifier.wrap(block));
        try (Trainer trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(Loss.l2Loss())
                                .optOptimizer(Optimizer.adam().build()))) {
            trainer.initialize(new Shape(1, 16));
            for (int step = 0; step < 3; step++) {
                TrainingStep.run(trainer, step);
                assertThat(weight(block, "fc1_weight")).doesNotContain(0f);
                forwardTraining(trainer);
                Mask mask = Objects.requireNonNull(sparsifier.getMasks().get("fc1_weight"));
                float[] weight = weight(block, "fc1_weight");
                assertThat(weight).isEqualTo(masked(weight, mask));
            }
        }
    }

    @Test
    void theUnwrappedModuleIsSavedWithItsZeros() throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Block block = model.getBlock();
        model.setBlock(sparsifier.wrap(block));
        try (Trainer trainer = trainer(sparsifier)) {
            for (int step = 0; step < 5; step++) {
                TrainingStep.run(trainer, step);
            }
        }
        NDArray x = manager.randomNormal(new Shape(3, 16));
        float[] predicted = forward(model.getBlock(), x).toFloatArray();

        assertThat(sparsifier.unwrap(model.getBlock())).isSameAs(block);
        model.setBlock(block);
        assertThat(forward(block, x).toFloatArray()).isEqualTo(predicted);
        Path saved = folder.resolve("saved");
        model.save(saved, "sparse");
        try (Model plain = Model.newInstance("sparse")) {
            plain.setBlock(block);
            float[] weight = weight(block, "fc1_weight");
            Mask mask = MaskSolver.enumeration().solve(weight, FIRST, PATTERN);
            assertThat(masked(weight, mask)).isEqualTo(weight);
        }
    }

    @Test
    void warmUpLeavesTheModuleAsItIs() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.once().warmUp(2))
                        .build();
        Block block = model.getBlock();
        model.setBlock(sparsifier.wrap(block));
        try (Trainer trainer = trainer(sparsifier)) {
            TrainingStep.run(trainer, 0);
            TrainingStep.run(trainer, 1);
            assertThat(weight(block, "fc1_weight")).doesNotContain(0f);
            TrainingStep.run(trainer, 2);
            assertThat(sparsifier.getMasks()).hasSize(2);
        }
    }

    @Test
    void aModuleAmongDjlsBlocks() {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Block head = Linear.builder().setUnits(4).build();
        Block module = model.getBlock();
        model.setBlock(sparsifier.wrap(new SequentialBlock().add(module).add(head)));
        try (Trainer trainer = trainer(sparsifier)) {
            for (int step = 0; step < 3; step++) {
                TrainingStep.run(trainer, step);
            }
        }
        assertThat(sparsifier.report().layers())
                .filteredOn(LayerSparsity::isChosen)
                .extracting(LayerSparsity::name)
                .containsExactly(
                        "01PtSymbolBlock_fc1_weight",
                        "01PtSymbolBlock_fc2_weight",
                        "02Linear_weight");
        assertThat(sparsifier.report().isTransposable()).isTrue();
    }

    @Test
    void anEmbeddingIsMaskedIfItIsNamed() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optLayers(LayerSelector.named("embed_weight"))
                        .build();
        forward(sparsifier.wrap(model.getBlock()), manager.ones(new Shape(1, 16)));

        assertThat(sparsifier.getMasks()).containsOnlyKeys("embed_weight");
    }

    @Test
    void sensitivityLeavesModulesOut() {
        SensitivityReport report =
                SensitivityReport.measure(
                        model.getBlock(),
                        List.of(PATTERN),
                        new NDList(manager.ones(new Shape(1, 16))),
                        new NDList(manager.ones(new Shape(1, 8))),
                        Loss.l2Loss());

        assertThat(report.layers()).isEmpty();
    }

    private void forwardTraining(Trainer trainer) {
        try (NDManager scratch = trainer.getManager().newSubManager()) {
            trainer.forward(new NDList(scratch.ones(new Shape(1, 16))));
        }
    }

    private void copy(float[] values, Block block, String name) {
        NDArray weight = block.getParameters().get(name).getArray();
        try (NDArray stopped = weight.stopGradient();
                NDArray array = manager.create(values, weight.getShape())) {
            stopped.muli(0).addi(array);
        }
    }

    private static Sparsifier sparsifier(String rule) {
        return Sparsifier.builder()
                .setPattern(PATTERN)
                .optSchedule(MaskSchedule.every(4))
                .optRule(
                        switch (rule) {
                            case "masked" -> GradientRule.masked();
                            case "sr-ste" -> GradientRule.srSte(0.1f);
                            default -> GradientRule.straightThrough();
                        })
                .build();
    }

    private Trainer trainer(Sparsifier sparsifier) {
        return trainer(model, sparsifier);
    }

    private static Trainer trainer(Model model, Sparsifier sparsifier) {
        Trainer trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(Loss.l2Loss())
                                .optOptimizer(
                                        Optimizer.sgd()
                                                .setLearningRateTracker(Tracker.fixed(0.5f))
                                                .build())
                                .addTrainingListeners(sparsifier.newListener()));
        trainer.initialize(new Shape(1, 16));
        return trainer;
    }

    private NDArray forward(Block block, NDArray x) {
        return block.forward(new ParameterStore(manager, false), new NDList(x), false).head();
    }

    private static float[] weight(Block block, String name) {
        return block.getParameters().get(name).getArray().toFloatArray();
    }

    private static float[] masked(float[] weight, Mask mask) {
        float[] keep = mask.toFloatArray();
        float[] product = new float[weight.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = keep[i] == 0 ? 0 : weight[i];
        }
        return product;
    }

    private static float[] random(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() / 4;
        }
        return values;
    }
}
