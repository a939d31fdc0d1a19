package org.djlsparse;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class RequestedRefreshTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    private static Sparsifier sparsifier(MaskSchedule schedule, GradientRule rule) {
        return Sparsifier.builder().setPattern(PATTERN).optSchedule(schedule).optRule(rule).build();
    }

    private static SteppedRun run(Sparsifier sparsifier) throws Exception {
        SequentialBlock network = SteppedRun.network(16);
        return new SteppedRun(sparsifier, sparsifier.wrap(network), sgd(), DataType.FLOAT32, null);
    }

    private static Optimizer sgd() {
        return Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build();
    }

    @Test
    void refreshesBetweenStepsAsTheScheduleWould() throws Exception {
        Sparsifier scheduled = sparsifier(MaskSchedule.every(4), GradientRule.masked());
        Sparsifier requested = sparsifier(MaskSchedule.once(), GradientRule.masked());
        try (SteppedRun one = run(scheduled);
                SteppedRun other = run(requested)) {
            one.train(0, 12);
            for (int step = 0; step < 12; step += 4) {
                List<LayerRefresh> records = requested.refresh();
                assertThat(records)
                        .extracting(LayerRefresh::name)
                        .containsExactlyElementsOf(requested.getMasks().keySet());
                int now = step;
                assertThat(records).allSatisfy(r -> assertThat(r.step()).isEqualTo(now));
                other.train(step, step + 4);
            }
            assertThat(other.snapshot()).isEqualTo(one.snapshot());
            assertThat(requested.getHistory())
                    .usingRecursiveComparison()
                    .ignoringFields("seconds")
                    .isEqualTo(scheduled.getHistory());
            assertThat(requested.getHistory())
                    .anySatisfy(r -> assertThat(r.flipRate()).isPositive());
            assertThat(requested.getSchedule()).hasToString("once");
        }
    }

    @Test
    void newMasksAreThoseOfTheCurrentWeights() throws Exception {
        Sparsifier sparsifier = sparsifier(MaskSchedule.once(), GradientRule.straightThrough());
        try (SteppedRun run = run(sparsifier)) {
            run.train(0, 8);
            Map<String, Mask> before = sparsifier.getMasks();
            sparsifier.refresh();
            Map<String, Mask> after = sparsifier.getMasks();
            assertThat(after).isNotEqualTo(before);
            after.forEach(
                    (name, mask) ->
                            assertThat(mask)
                                    .isEqualTo(
                                            MaskSolver.auto()
                                                    .solve(
                                                            weights(run, name),
                                                            mask.getShape(),
                                                            PATTERN)));
        }
    }

    private static float[] weights(SteppedRun run, String name) {
        return run.getModel().getBlock().getParameters().get(name).getArray().toFloatArray();
    }

    @Test
    void masksOfADenseModelWaitForTheFirstMaskedStep() throws Exception {
        Sparsifier sparsifier = sparsifier(MaskSchedule.once().warmUp(4), GradientRule.masked());
        Sparsifier reference =
                sparsifier(MaskSchedule.every(1000).warmUp(4), GradientRule.masked());
        try (SteppedRun run = run(sparsifier);
                SteppedRun other = run(reference)) {
            run.train(0, 2);
            assertThat(sparsifier.refresh()).hasSize(2);
            assertThat(sparsifier.getMasks()).as("runs dense").isEmpty();
            run.train(2, 4);
            other.train(0, 4);
            assertThat(run.snapshot().weights()).isEqualTo(other.snapshot().weights());
            run.train(4, 5);
            assertThat(sparsifier.getMasks()).hasSize(2);
        }
    }

    @Test
    void watchesADenseWarmUpAsTheScheduleWould() throws Exception {
        MaskSchedule watching = MaskSchedule.every(2).warmUp(8);
        MaskSchedule dense = MaskSchedule.every(2).warmUp(8).denseFrom(0);
        Sparsifier scheduled = sparsifier(watching, GradientRule.maskedDecay());
        Sparsifier requested = sparsifier(dense, GradientRule.maskedDecay());
        try (SteppedRun one = run(scheduled);
                SteppedRun other = run(requested)) {
            one.train(0, 8);
            for (int step = 0; step < 8; step += 2) {
                assertThat(requested.watch()).hasSize(2);
                other.train(step, step + 2);
            }
            assertThat(requested.getHistory())
                    .usingRecursiveComparison()
                    .ignoringFields("seconds")
                    .isEqualTo(scheduled.getHistory());
            assertThat(other.snapshot()).isEqualTo(one.snapshot());
        }
    }

    @Test
    void onlyADenseModelIsWatched() throws Exception {
        Sparsifier masked = sparsifier(MaskSchedule.once(), GradientRule.masked());
        try (SteppedRun run = run(masked)) {
            run.train(0, 1);
            assertThatIllegalStateException()
                    .isThrownBy(masked::watch)
                    .withMessage("watch: must be called while the model runs dense, in a warm-up");
        }
        Sparsifier dense = sparsifier(MaskSchedule.off(), GradientRule.masked());
        try (SteppedRun run = run(dense)) {
            run.train(0, 1);
            assertThat(dense.watch()).as("no rule needs it").isEmpty();
        }
    }

    @Test
    void needsAModel() {
        Sparsifier sparsifier = sparsifier(MaskSchedule.once(), GradientRule.masked());
        assertThatIllegalStateException()
                .isThrownBy(sparsifier::refresh)
                .withMessage("nothing is wrapped yet: call wrap(block) first");
        Block wrapped = sparsifier.wrap(SteppedRun.network(16));
        assertThatIllegalStateException()
                .isThrownBy(sparsifier::refresh)
                .withMessage("the model is not initialized: load or initialize it first");
        try (NDManager manager = NDManager.newBaseManager()) {
            wrapped.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
            sparsifier.unwrap(wrapped);
            assertThatIllegalStateException()
                    .isThrownBy(sparsifier::refresh)
                    .withMessageContaining("was unwrapped");
        }
    }
}
