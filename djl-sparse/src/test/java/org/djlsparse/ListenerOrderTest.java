package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.SaveModelTrainingListener;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.Pair;

import org.djlsparse.io.MaskFile;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests of other DJL listeners before and after the Sparsifier's own. */
class ListenerOrderTest {

    private static final int EPOCHS = 4;
    private static final int STEPS = 3; // per epoch

    @TempDir Path folder;

    private record Result(Map<String, String> weights, Map<String, Mask> masks) {}

    @ParameterizedTest
    @CsvSource({
        "every epoch, true", "every epoch, false",
        "late, true", "late, false",
        "short, true", "short, false",
        "every 2 steps, true", "every 2 steps, false",
    })
    void whatACallbackSavesGoesOnToTheBit(String schedule, boolean saverFirst) throws Exception {
        Result whole = run(schedule, EPOCHS, false);
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = sparsifier(schedule);
        SaveModelTrainingListener saver = new SaveModelTrainingListener(folder.toString(), "m", 1);
        Optimizer adam = Optimizer.adam().build();
        saver.setSaveModelCallback(trainer -> save(first, state, adam));
        train(first, adam, 2, saver, saverFirst, false);

        assertThat(MaskFile.read(state).notes())
                .containsEntry("step", "6")
                .containsEntry("epoch", "2")
                .containsEntry("step-in-epoch", "0");
        Result resumed = run(schedule, EPOCHS - 2, true);
        assertThat(resumed.weights()).isEqualTo(whole.weights());
        assertThat(resumed.masks()).isEqualTo(whole.masks());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBatchsListenerCannotSave(boolean saverFirst) {
        Sparsifier sparsifier = sparsifier("every epoch");
        Optimizer adam = Optimizer.adam().build();
        Path state = folder.resolve("state.safetensors");
        TrainingListener saver =
                new TrainingListenerAdapter() {
                    @Override
                    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
                        save(sparsifier, state, adam);
                    }
                };
        assertThatIllegalStateException()
                .isThrownBy(() -> train(sparsifier, adam, 1, saver, saverFirst, false))
                .withMessageStartingWith(
                        "save called in onTrainingBatch, before the optimizer's step of this"
                                + " batch: call it after trainer.step()");
        assertThat(state).doesNotExist();
    }

    @Test
    void trainingOnAfterUnwrapWarnsOnce() throws Exception {
        Sparsifier sparsifier = sparsifier("every epoch");
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream before = System.err;
        try (Model model = Model.newInstance("m");
                PrintStream stream = new PrintStream(log, true, StandardCharsets.UTF_8)) {
            model.setBlock(sparsifier.wrap(network()));
            DefaultTrainingConfig config = config(Optimizer.adam().build());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 8));
                System.setErr(stream);
                EasyTrain.fit(trainer, 1, data(trainer.getManager()), null);
                model.setBlock(sparsifier.unwrap(model.getBlock()));
                assertThat(log.toString(StandardCharsets.UTF_8)).doesNotContain("unwrapped");
                EasyTrain.fit(trainer, 2, data(trainer.getManager()), null);
            }
        } finally {
            System.setErr(before);
        }
        assertThat(log.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce(
                        "the model was unwrapped, but its trainer continues without masks, so that"
                                + " pruned weights become nonzero again; call unwrap after the last"
                                + " step, or wrap the block with a new Sparsifier and create a new"
                                + " trainer");
    }

    private Result run(String schedule, int epochs, boolean resume) throws Exception {
        return train(sparsifier(schedule), Optimizer.adam().build(), epochs, null, false, resume);
    }

    private Result train(
            Sparsifier sparsifier,
            Optimizer optimizer,
            int epochs,
            @Nullable TrainingListener other,
            boolean otherFirst,
            boolean resume)
            throws Exception {
        Engine.getInstance().setRandomSeed(4);
        try (Model model = Model.newInstance("m")) {
            model.setBlock(sparsifier.wrap(network()));
            if (resume) {
                model.load(folder, "m");
            }
            DefaultTrainingConfig config = config(optimizer);
            TrainingListener own = sparsifier.newListener();
            if (other == null) {
                config.addTrainingListeners(own);
            } else {
                config.addTrainingListeners(otherFirst ? other : own, otherFirst ? own : other);
            }
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 8));
                if (resume) {
                    sparsifier.load(folder.resolve("state.safetensors"), optimizer);
                }
                EasyTrain.fit(trainer, epochs, data(trainer.getManager()), null);
                Map<String, String> weights = new TreeMap<>();
                for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
                    weights.put(
                            pair.getKey(),
                            HexFormat.of().formatHex(pair.getValue().getArray().toByteArray()));
                }
                return new Result(weights, sparsifier.getMasks());
            }
        }
    }

    private static void save(Sparsifier sparsifier, Path state, Optimizer optimizer) {
        try {
            sparsifier.save(state, optimizer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Sparsifier sparsifier(String schedule) {
        MaskSchedule chosen =
                switch (schedule) {
                    case "every epoch" -> MaskSchedule.everyEpoch();
                    case "late" -> MaskSchedule.everyEpoch().warmUpEpochs(2);
                    case "short" -> MaskSchedule.every(2).denseFromEpoch(3);
                    default -> MaskSchedule.every(2);
                };
        return Sparsifier.builder().setPattern(NmPattern.of(2, 4)).optSchedule(chosen).build();
    }

    private static SequentialBlock network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(16).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(8).build());
    }

    private static DefaultTrainingConfig config(Optimizer optimizer) {
        return new DefaultTrainingConfig(new SquaredError()).optOptimizer(optimizer);
    }

    private static ArrayDataset data(NDManager manager) {
        return new ArrayDataset.Builder()
                .setData(manager.arange(4f * STEPS * 8).mul(0.7f).sin().reshape(4 * STEPS, 8))
                .optLabels(manager.arange(4f * STEPS * 8).mul(0.3f).cos().reshape(4 * STEPS, 8))
                .setSampling(4, false)
                .build();
    }
}
