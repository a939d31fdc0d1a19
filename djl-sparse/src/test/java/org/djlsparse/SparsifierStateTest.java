package org.djlsparse;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.io.WeightFileException;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** A run that is interrupted and taken up again, against one that is not. */
class SparsifierStateTest {

    private static final int STEPS = 24;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"masked, 0", "masked, 5", "masked, 9", "sr-ste, 10", "tuned, 3", "tuned, 13"})
    void goesOnAsIfNothingHadHappened(String rule, int interruptedAt) throws Exception {
        Supplier<Sparsifier> sparsifiers = () -> sparsifier(rule(rule), NmPattern.of(2, 4));
        List<float[]> whole;
        Map<String, Mask> masks;
        try (Model model = Model.newInstance("whole")) {
            Sparsifier sparsifier = sparsifiers.get();
            train(model, sparsifier, network(16), 0, STEPS, null);
            whole = weights(model);
            masks = sparsifier.getMasks();
        }
        Path state = folder.resolve("state.safetensors");
        try (Model model = Model.newInstance("first")) {
            Sparsifier sparsifier = sparsifiers.get();
            train(model, sparsifier, network(16), 0, interruptedAt, null);
            model.save(folder, "model");
            sparsifier.save(state);
        }
        try (Model model = Model.newInstance("second")) {
            Sparsifier sparsifier = sparsifiers.get();
            train(model, sparsifier, network(16), interruptedAt, STEPS, state);
            List<float[]> resumed = weights(model);
            assertThat(resumed).hasSameSizeAs(whole);
            for (int i = 0; i < whole.size(); i++) {
                assertThat(resumed.get(i)).isEqualTo(whole.get(i));
            }
            assertThat(sparsifier.getMasks()).isEqualTo(masks);
            assertThat(sparsifier.report().step()).isEqualTo(STEPS);
        }
    }

    @Test
    void refusesAnotherModelAndLeavesThisOneAsItIs() throws Exception {
        Path state = folder.resolve("state.safetensors");
        try (Model model = Model.newInstance("one")) {
            Sparsifier sparsifier = sparsifier(GradientRule.masked(), NmPattern.of(2, 4));
            train(model, sparsifier, network(16), 0, 6, null);
            sparsifier.save(state);
        }
        assertRefused(
                state,
                network(32),
                NmPattern.of(2, 4),
                "its layer \"01Linear_weight\" is of shape (16, 16), must be (32, 16)");
        assertRefused(
                state,
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(list -> new NDList(list.singletonOrThrow().get(":, :8"))),
                NmPattern.of(2, 4),
                "it has layers that this one lacks: [03Linear_weight]");
        assertRefused(state, network(16), NmPattern.of(1, 4), "2:4 of 16 x 16: must be 1:4");
    }

    private void assertRefused(Path state, Block block, NmPattern pattern, String message)
            throws Exception {
        try (Model model = Model.newInstance("other")) {
            Sparsifier sparsifier = sparsifier(GradientRule.masked(), pattern);
            train(model, sparsifier, block, 0, 5, null);
            Map<String, Mask> before = sparsifier.getMasks();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sparsifier.load(state))
                    .withMessageContaining(state.toString())
                    .withMessageContaining(message);
            assertThat(sparsifier.getMasks()).isEqualTo(before);
            assertThat(sparsifier.report().step()).isEqualTo(5);
        }
    }

    @Test
    void refusesWhatIsNoState() throws Exception {
        Path state = folder.resolve("state.safetensors");
        try (Model model = Model.newInstance("one")) {
            Sparsifier sparsifier = sparsifier(GradientRule.masked(), NmPattern.of(2, 4));
            assertThatIllegalStateException()
                    .isThrownBy(() -> sparsifier.save(state))
                    .withMessageContaining("nothing is wrapped yet");
            Block block = sparsifier.wrap(network(16));
            assertThatIllegalStateException()
                    .isThrownBy(() -> sparsifier.save(state))
                    .withMessageContaining("not initialized");
            model.setBlock(block);
            assertThat(Files.exists(state)).isFalse();
            block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 16));
            sparsifier.save(state);
            byte[] bytes = Files.readAllBytes(state);
            bytes[bytes.length - 1] ^= 1;
            Files.write(state, bytes);
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> sparsifier.load(state))
                    .withMessageContaining("is damaged");
        }
    }

    private static Sparsifier sparsifier(GradientRule rule, NmPattern pattern) {
        return Sparsifier.builder()
                .setPattern(pattern)
                .optSchedule(MaskSchedule.every(2).warmUp(4))
                .optRule(rule)
                .build();
    }

    private static GradientRule rule(String name) {
        return switch (name) {
            case "masked" -> GradientRule.masked();
            case "sr-ste" -> GradientRule.srSte(0.1f);
            default -> GradientRule.maskedDecay();
        };
    }

    private static SequentialBlock network(int units) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(units).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(8).build());
    }

    /** Trains from one step to another; takes up an earlier run if given its state. */
    private void train(
            Model model, Sparsifier sparsifier, Block block, int from, int to, @Nullable Path state)
            throws Exception {
        Engine.getInstance().setRandomSeed(1);
        model.setBlock(sparsifier.wrap(block));
        if (state != null) {
            load(model);
        }
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.l2Loss())
                        .optOptimizer(
                                Optimizer.sgd()
                                        .setLearningRateTracker(Tracker.fixed(0.05f))
                                        .build())
                        .addTrainingListeners(sparsifier.newListener());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(new Shape(1, 16));
            if (state != null) {
                sparsifier.load(state);
            }
            int step = 0;
            for (Batch batch : trainer.iterateDataset(data(trainer.getManager()))) {
                if (step >= from && step < to) {
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                }
                batch.close();
                step++;
            }
        }
    }

    private void load(Model model) throws IOException, MalformedModelException {
        model.load(folder, "model");
    }

    private static ArrayDataset data(NDManager manager) {
        Random random = new Random(5);
        float[] inputs = new float[STEPS * 4 * 16];
        float[] labels = new float[STEPS * 4 * 8];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (float) random.nextGaussian();
        }
        return new ArrayDataset.Builder()
                .setData(manager.create(inputs, new Shape(STEPS * 4, 16)))
                .optLabels(manager.create(labels, new Shape(STEPS * 4, 8)))
                .setSampling(4, false)
                .build();
    }

    private static List<float[]> weights(Model model) {
        List<float[]> weights = new ArrayList<>();
        for (Parameter parameter : model.getBlock().getParameters().values()) {
            weights.add(parameter.getArray().toFloatArray());
        }
        return weights;
    }
}
