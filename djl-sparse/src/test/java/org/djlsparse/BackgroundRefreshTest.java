package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests of masks that are found while training continues. */
class BackgroundRefreshTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final String WEIGHT = "01Linear_weight";
    private static final int INTERVAL = 5;

    @TempDir Path folder;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final CountDownLatch solverMayGoOn = new CountDownLatch(1);

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(1);
    }

    @AfterEach
    void close() throws Exception {
        solverMayGoOn.countDown();
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    @Test
    void masksAreThoseOfTheWeightsWhenTheRefreshWasDueAndComeAFixedNumberOfStepsLate()
            throws Exception {
        Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(3)));
        Mask sought = solve(run.weight());
        Mask expected = sought;
        for (int step = 0; step < 23; step++) {
            if (step % INTERVAL == 0) {
                sought = solve(run.weight());
            }
            if (step % INTERVAL == 3) {
                expected = sought; // the masks of step 0 were found within the step
            }
            run.step();
            assertThat(run.mask()).as("step %d", step).isEqualTo(expected);
        }
        assertThat(run.sparsifier.report().refreshes()).isEqualTo(4);
        assertThat(run.sparsifier.getHistory())
                .filteredOn(refresh -> refresh.name().equals(WEIGHT))
                .extracting(LayerRefresh::step)
                .containsExactly(0L, 8L, 13L, 18L);
    }

    @Test
    void aStepWaitsForMasksThatAreAsLateAsTheyMayBe() throws Exception {
        AtomicInteger solved = new AtomicInteger();
        Run run = new Run(sparsifier(waiting(solved), BackgroundRefresh.within(2)));
        for (int step = 0; step <= INTERVAL + 1; step++) {
            run.step();
        }
        Mask before = run.mask();
        assertThat(solved).as("only the first masks so far").hasValue(2);
        Mask expected = solve(run.weightAt.get(INTERVAL));
        Thread waits = new Thread(run::step);
        waits.start();
        waits.join(200);
        assertThat(waits.isAlive()).as("step 7 waits").isTrue();
        solverMayGoOn.countDown();
        waits.join(TimeUnit.SECONDS.toMillis(30));

        assertThat(run.mask()).isEqualTo(expected).isNotEqualTo(before);
    }

    @Test
    void masksAreUsedAsSoonAsTheyAreThereIfThatWasAskedFor() throws Exception {
        AtomicInteger solved = new AtomicInteger();
        Run run = new Run(sparsifier(waiting(solved), BackgroundRefresh.within(1000)));
        for (int step = 0; step <= INTERVAL; step++) {
            run.step();
        }
        Mask before = run.mask();
        Mask expected = solve(run.weightAt.get(INTERVAL));
        solverMayGoOn.countDown();
        int steps = 0;
        while (run.mask().equals(before)) {
            assertThat(steps++).as("steps until the masks changed").isLessThan(INTERVAL - 1);
            Thread.sleep(300);
            run.step();
        }
        assertThat(run.mask()).isEqualTo(expected);
    }

    @Test
    void theNextRefreshDoesNotOvertakeALateOne() throws Exception {
        Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(2 * INTERVAL)));
        for (int step = 0; step <= 2 * INTERVAL; step++) {
            run.step();
        }
        assertThat(run.mask()).isEqualTo(solve(run.weightAt.get(INTERVAL)));
    }

    @Test
    void equalRunsStayEqual() throws Exception {
        List<float[]> weights = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Engine.getInstance().setRandomSeed(1);
            Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(2)));
            for (int step = 0; step < 30; step++) {
                run.step();
            }
            weights.add(run.weight());
        }
        assertThat(weights.get(0)).isEqualTo(weights.get(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 8, 9})
    void aRunThatIsTakenUpBetweenGoesOnAsIfNothingHadHappened(int interruptedAt) throws Exception {
        Run whole = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(3)));
        for (int step = 0; step < 20; step++) {
            whole.step();
        }
        Engine.getInstance().setRandomSeed(1);
        Run first = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(3)));
        for (int step = 0; step < interruptedAt; step++) {
            first.step();
        }
        Path state = folder.resolve("state.safetensors");
        first.model.save(folder, "model");
        first.sparsifier.save(state);

        Run second = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(3)), folder);
        second.sparsifier.load(state);
        second.count = interruptedAt;
        while (second.count < 20) {
            second.step();
        }
        assertThat(second.weight()).isEqualTo(whole.weight());
        assertThat(second.mask()).isEqualTo(whole.mask());
        assertThat(second.sparsifier.getHistory())
                .extracting(LayerRefresh::keptMagnitude)
                .isEqualTo(
                        whole.sparsifier.getHistory().stream()
                                .filter(refresh -> refresh.step() >= interruptedAt)
                                .map(LayerRefresh::keptMagnitude)
                                .toList());
    }

    @Test
    void masksThatWaitNeedARunThatLetsThemWait() throws Exception {
        Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(3)));
        for (int step = 0; step <= INTERVAL; step++) {
            run.step();
        }
        Path state = folder.resolve("state.safetensors");
        run.sparsifier.save(state);
        Run other =
                new Run(
                        Sparsifier.builder()
                                .setPattern(PATTERN)
                                .optSchedule(MaskSchedule.every(INTERVAL))
                                .build());
        other.step();
        Mask before = other.mask();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.sparsifier.load(state))
                .withMessageEndingWith(
                        "state has masks of a background refresh: build this Sparsifier with"
                                + " optBackground(...), as the saved run did");
        assertThat(other.mask()).isEqualTo(before);
        assertThat(other.sparsifier.report().step()).isEqualTo(1);
    }

    @Test
    void aWeightThatIsNotFiniteIsNamedWhenItsMasksAreDue() throws Exception {
        Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(2)));
        for (int step = 0; step < INTERVAL; step++) {
            run.step();
        }
        Mask before = run.mask();
        float[] weight = run.weight();
        run.setWeight(Float.NaN);
        run.step();
        run.setWeights(weight);
        run.step();

        assertThatIllegalStateException()
                .isThrownBy(run::step)
                .withMessageContaining("layer \"" + WEIGHT + "\": no mask")
                .withMessageContaining("NaN");
        assertThat(run.mask()).isEqualTo(before);
        run.step();
        assertThat(run.mask()).as("goes on").isEqualTo(before);
    }

    @Test
    void unwrappingUsesTheMasksThatTheModelUses() throws Exception {
        Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(3)));
        for (int step = 0; step <= INTERVAL + 1; step++) {
            run.step();
        }
        Mask mask = run.mask();
        float[] expected = run.weight();
        for (int i = 0; i < expected.length; i++) {
            expected[i] *= mask.toFloatArray()[i];
        }
        run.sparsifier.unwrap(run.model.getBlock());

        assertThat(add0(run.weight())).isEqualTo(add0(expected));
    }

    @Test
    void holdsOnToNothing() throws Exception {
        Run run = new Run(sparsifier(MaskSolver.auto(), BackgroundRefresh.after(2)));
        for (int step = 0; step < 20; step++) {
            run.step();
        }
        int before = ResourceCount.of(run.model.getNDManager());
        for (int step = 0; step < 200; step++) {
            run.step();
        }
        assertThat(ResourceCount.of(run.model.getNDManager())).isEqualTo(before);
    }

    @Test
    void mustBeAtLeastOneStepLate() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackgroundRefresh.after(0))
                .withMessage("background refresh, 0 steps late: must be at least 1");
        assertThat(sparsifier(MaskSolver.auto(), BackgroundRefresh.within(7)))
                .asString()
                .contains("refresh=in the background, used within 7 steps");
    }

    /** Returns the values with negative zeros turned into zeros. */
    private static float[] add0(float[] values) {
        float[] sums = values.clone();
        for (int i = 0; i < sums.length; i++) {
            sums[i] += 0f;
        }
        return sums;
    }

    private static Sparsifier sparsifier(MaskSolver solver, BackgroundRefresh background) {
        return Sparsifier.builder()
                .setPattern(PATTERN)
                .optSolver(solver)
                .optSchedule(MaskSchedule.every(INTERVAL))
                .optBackground(background)
                .build();
    }

    /**
     * Returns a solver that finds the first masks of both layers at once, and waits for a signal
     * before it finds others.
     */
    private MaskSolver waiting(AtomicInteger solved) {
        return (weights, shape, pattern) -> {
            if (solved.get() >= 2) {
                try {
                    solverMayGoOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            solved.incrementAndGet();
            return MaskSolver.enumeration().solve(weights, shape, pattern);
        };
    }

    private static Mask solve(float[] weight) {
        return MaskSolver.enumeration().solve(weight, WeightShape.of(32, 16), PATTERN);
    }

    /** A model that is trained step by step. */
    private final class Run {

        private final Sparsifier sparsifier;
        private final Model model = Model.newInstance("background");
        private final Trainer trainer;
        private final List<float[]> weightAt = new ArrayList<>(); // at the start of each step
        private int count;

        Run(Sparsifier sparsifier) throws Exception {
            this(sparsifier, null);
        }

        /** Starts a run, with the weights in a folder if one is given. */
        Run(Sparsifier sparsifier, @Nullable Path saved) throws Exception {
            this.sparsifier = sparsifier;
            opened.add(model);
            model.setBlock(
                    sparsifier.wrap(
                            new SequentialBlock()
                                    .add(Linear.builder().setUnits(32).build())
                                    .add(Activation.reluBlock())
                                    .add(Linear.builder().setUnits(8).build())));
            if (saved != null) {
                model.load(saved, "model");
            }
            trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(new SquaredError())
                                    .optOptimizer(
                                            Optimizer.sgd()
                                                    .setLearningRateTracker(Tracker.fixed(0.5f))
                                                    .build())
                                    .addTrainingListeners(sparsifier.newListener()));
            opened.add(0, trainer);
            trainer.initialize(new Shape(1, 16));
        }

        void step() {
            weightAt.add(weight());
            TrainingStep.run(trainer, count++);
        }

        private Block block() {
            return model.getBlock();
        }

        float[] weight() {
            return array().toFloatArray();
        }

        void setWeight(float value) {
            try (NDArray stopped = array().stopGradient()) {
                stopped.muli(0).addi(value);
            }
        }

        void setWeights(float[] values) {
            array().set(values);
        }

        private NDArray array() {
            return block().getParameters().get(WEIGHT).getArray();
        }

        Mask mask() {
            return Objects.requireNonNull(sparsifier.getMasks().get(WEIGHT));
        }
    }
}
