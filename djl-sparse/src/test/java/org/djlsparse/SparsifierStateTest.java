package org.djlsparse;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.SteppedRun.Snapshot;
import org.djlsparse.io.MaskFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** A run that is interrupted and taken up again, against one that is not. */
class SparsifierStateTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"masked, 0", "masked, 5", "masked, 9", "sr-ste, 10", "tuned, 3", "tuned, 13"})
    void goesOnAsIfNothingHadHappened(String rule, int interruptedAt) throws Exception {
        Supplier<Sparsifier> sparsifiers = () -> SteppedRun.sparsifier(rule(rule), PATTERN);
        Snapshot whole;
        try (SteppedRun run = run(sparsifiers.get(), null)) {
            run.train(0, SteppedRun.STEPS);
            whole = run.snapshot();
        }
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = sparsifiers.get();
        try (SteppedRun run = run(first, null)) {
            run.train(0, interruptedAt);
            run.getModel().save(folder, "model");
            first.save(state);
        }
        Sparsifier second = sparsifiers.get();
        try (SteppedRun run = run(second, folder)) {
            second.load(state);
            run.train(interruptedAt, SteppedRun.STEPS);
            Snapshot resumed = run.snapshot();
            assertThat(resumed.weights()).isEqualTo(whole.weights());
            assertThat(resumed.masks()).isEqualTo(whole.masks());
            assertThat(resumed.step()).isEqualTo(SteppedRun.STEPS);
        }
    }

    @Test
    void warnsIfWhatTheRuleHadLearnedIsNotTakenOver() throws Exception {
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = SteppedRun.sparsifier(GradientRule.maskedDecay(), PATTERN);
        try (SteppedRun run = run(first, null)) {
            run.train(0, 10);
            first.save(state);
        }
        String different = logOf(state, GradientRule.masked());
        String same = logOf(state, GradientRule.maskedDecay());

        assertThat(different)
                .contains(
                        "what the rule had learned is not taken over, since the rules differ: the"
                                + " state is of masked-decay (tuned), LayerPolicy([]), this is"
                                + " masked, LayerPolicy([])");
        assertThat(same).doesNotContain("not taken over");
    }

    private static String logOf(Path state, GradientRule rule) throws Exception {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream before = System.err;
        Sparsifier sparsifier = SteppedRun.sparsifier(rule, PATTERN);
        try (SteppedRun run = run(sparsifier, null);
                PrintStream stream = new PrintStream(log, true, StandardCharsets.UTF_8)) {
            System.setErr(stream);
            sparsifier.load(state);
            run.train(10, 11);
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    @Test
    void refusesAnotherModelAndLeavesThisOneAsItIs() throws Exception {
        Path state = folder.resolve("state.safetensors");
        Sparsifier sparsifier = SteppedRun.sparsifier(GradientRule.masked(), PATTERN);
        try (SteppedRun run = run(sparsifier, null)) {
            run.train(0, 6);
            sparsifier.save(state);
        }
        assertRefused(
                state,
                SteppedRun.network(32),
                PATTERN,
                "its layer \"01Linear_weight\" is of shape (16, 16), must be (32, 16)");
        assertRefused(
                state,
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(list -> new NDList(list.singletonOrThrow().get(":, :8"))),
                PATTERN,
                "it has layers that this one lacks: [04Linear_weight]");
        assertRefused(
                state, SteppedRun.network(16), NmPattern.of(1, 4), "2:4 of 16 x 16: must be 1:4");
    }

    private void assertRefused(Path state, Block block, NmPattern pattern, String message)
            throws Exception {
        Sparsifier sparsifier = SteppedRun.sparsifier(GradientRule.masked(), pattern);
        try (SteppedRun run =
                new SteppedRun(sparsifier, sparsifier.wrap(block), sgd(), DataType.FLOAT32, null)) {
            run.train(0, 5);
            Snapshot before = run.snapshot();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sparsifier.load(state))
                    .withMessageContaining(state.toString())
                    .withMessageContaining(message);
            assertThat(run.snapshot()).isEqualTo(before);
        }
    }

    @Test
    void refusesWhatIsNoState() throws Exception {
        Path state = folder.resolve("state.safetensors");
        try (Model model = Model.newInstance("one")) {
            Sparsifier sparsifier = SteppedRun.sparsifier(GradientRule.masked(), PATTERN);
            assertThatIllegalStateException()
                    .isThrownBy(() -> sparsifier.save(state))
                    .withMessageContaining("nothing is wrapped yet");
            Block block = sparsifier.wrap(SteppedRun.network(16));
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

    @Test
    void refusesMasksOfAnotherProgram() throws Exception {
        Path state = folder.resolve("masks.safetensors");
        new MaskFile(Map.of(), Map.of()).write(state);
        Sparsifier sparsifier = SteppedRun.sparsifier(GradientRule.masked(), PATTERN);
        try (SteppedRun run = run(sparsifier, null)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sparsifier.load(state))
                    .withMessage(
                            state + ": is no file of Sparsifier.save: its metadata lacks \"step\"");
            assertThat(run.snapshot().step()).isZero();
        }
    }

    private static GradientRule rule(String name) {
        return switch (name) {
            case "masked" -> GradientRule.masked();
            case "sr-ste" -> GradientRule.srSte(0.1f);
            default -> GradientRule.maskedDecay();
        };
    }

    private static SteppedRun run(Sparsifier sparsifier, @Nullable Path weights) throws Exception {
        return new SteppedRun(
                sparsifier,
                sparsifier.wrap(SteppedRun.network(16)),
                sgd(),
                DataType.FLOAT32,
                weights);
    }

    private static Optimizer sgd() {
        return Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.05f)).build();
    }
}
