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
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
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
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests of an interrupted and resumed run against an uninterrupted one. */
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
                        "the rule's saved state is not restored because the rules differ: saved"
                                + " with masked-decay (tuned), this run uses masked");
        assertThat(same).doesNotContain("not restored");
    }

    /** A lambda's class has another name in each JVM. */
    @Test
    void solversOfOnesOwnLeaveTheRuleAsItIs() throws Exception {
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = tuned((w, shape, pattern) -> MaskSolver.auto().solve(w, shape, pattern));
        try (SteppedRun run = run(first, null)) {
            run.train(0, 10);
            first.save(state);
        }
        Sparsifier second = tuned((w, shape, p) -> MaskSolver.greedy().solve(w, shape, p));
        try (SteppedRun run = run(second, null)) {
            second.load(state);
            run.train(10, 11);
        }

        assertThat(MaskFile.read(state).notes().get("rules"))
                .isEqualTo(
                        "masked; LayerSelector(types=[WEIGHT], includes=[.*]): masked-decay"
                                + " (tuned)");
        assertThat(second.toString()).contains("custom");
    }

    private static Sparsifier tuned(MaskSolver solver) {
        return Sparsifier.builder()
                .setPattern(PATTERN)
                .optSchedule(MaskSchedule.every(2).warmUp(4))
                .optPolicy(
                        LayerPolicy.builder()
                                .add(
                                        LayerSelector.matching(".*"),
                                        PATTERN,
                                        solver,
                                        GradientRule.maskedDecay())
                                .build())
                .build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "step | x | \"step\" is \"x\", must be a whole number",
                "term.0.factor | | \"factor\" is null: must be a number",
                "term.0.factor | -1 | \"factor\" is -1: must be above 0",
                "term.0.dense-flip-rate | 2 | \"dense-flip-rate\" is 2: must be from 0 to 1, or"
                        + " NaN",
                "term.0.comparisons | 0.5 | \"comparisons\" is 0.5: must be a count",
                "pending-steps | 99999999999 | must be a count of steps",
            })
    void refusesNotesThatCannotBe(String key, @Nullable String value, String message)
            throws Exception {
        Path state = folder.resolve("state.safetensors");
        Sparsifier sparsifier = SteppedRun.sparsifier(GradientRule.maskedDecay(), PATTERN);
        try (SteppedRun run = run(sparsifier, null)) {
            run.train(0, 10);
            sparsifier.save(state);
            MaskFile file = MaskFile.read(state);
            Map<String, String> notes = new HashMap<>(file.notes());
            notes.remove(key);
            if (value != null) {
                notes.put(key, value);
            }
            new MaskFile(notes, file.masks()).write(state);
            Snapshot before = run.snapshot();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sparsifier.load(state))
                    .withMessageContaining(message);

            assertThat(run.snapshot().masks()).isEqualTo(before.masks());
            assertThat(run.snapshot().step()).isEqualTo(10);
        }
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
                            state
                                    + ": was not written by Sparsifier.save: its metadata lacks"
                                    + " \"step\"");
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
