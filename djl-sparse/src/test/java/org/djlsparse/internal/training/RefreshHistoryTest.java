package org.djlsparse.internal.training;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
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

import org.djlsparse.Sparsifier;
import org.djlsparse.SquaredError;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class RefreshHistoryTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final Map<String, WeightShape> SHAPES =
            Map.of(
                    "01Linear_weight",
                    WeightShape.of(32, 16),
                    "03Linear_weight",
                    WeightShape.of(8, 32));

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void figuresAreThoseOfTheWeightsAtEachRefresh(boolean onDevice) throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSolver(onDevice ? TorchMaskSolver.create() : MaskSolver.auto())
                        .optSchedule(MaskSchedule.every(3).warmUp(1))
                        .build();
        Metrics metrics = new Metrics();
        List<LayerRefresh> expected = train(sparsifier, metrics, 8);

        List<LayerRefresh> history = sparsifier.getHistory();
        assertThat(history).hasSize(6);
        for (int i = 0; i < history.size(); i++) {
            LayerRefresh refresh = history.get(i);
            assertThat(refresh.step()).isEqualTo(expected.get(i).step());
            assertThat(refresh.name()).isEqualTo(expected.get(i).name());
            assertThat(refresh.flipRate()).isEqualTo(expected.get(i).flipRate());
            assertThat(refresh.keptMagnitude())
                    .isCloseTo(expected.get(i).keptMagnitude(), within(1e-6));
            assertThat(refresh.seconds()).isPositive();
            assertThat(refresh.figures()).isEmpty();
        }
        assertThat(history.stream().mapToDouble(LayerRefresh::flipRate).sum()).isPositive();

        assertThat(metrics.getMetric("mask-flip-rate").stream().map(Metric::getValue))
                .containsExactlyElementsOf(history.stream().map(LayerRefresh::flipRate).toList());
        assertThat(metrics.getMetric("mask-kept-magnitude").stream().map(Metric::getValue))
                .containsExactlyElementsOf(
                        history.stream().map(LayerRefresh::keptMagnitude).toList());
        assertThat(
                        metrics.getMetric("mask-flip-rate").stream()
                                .map(metric -> metric.getDimensions()[0].getValue()))
                .containsExactlyElementsOf(history.stream().map(LayerRefresh::name).toList());
        List<Metric> nanos = metrics.getMetric("mask-refresh");
        List<Metric> shares = metrics.getMetric("mask-refresh-share");
        assertThat(nanos).hasSize(8);
        assertThat(shares).hasSize(8);
        double seconds = 0;
        for (int step = 0; step < 8; step++) {
            boolean refresh = step % 3 == 1;
            assertThat(nanos.get(step).getValue() > 0).isEqualTo(refresh);
            assertThat(shares.get(step).getValue() > 0).isEqualTo(refresh);
            assertThat(shares.get(step).getValue()).isLessThanOrEqualTo(1);
            seconds += nanos.get(step).getValue() / 1e9;
        }
        assertThat(seconds).isCloseTo(sparsifier.report().refreshSeconds(), within(1e-9));
        assertThat(history.stream().mapToDouble(LayerRefresh::seconds).sum())
                .isLessThanOrEqualTo(seconds);
    }

    @Test
    void aTunedFactorIsNotedAtEachRefresh() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(2).warmUp(4))
                        .optRule(GradientRule.maskedDecay())
                        .build();
        Metrics metrics = new Metrics();
        train(sparsifier, metrics, 7);

        List<LayerRefresh> history = sparsifier.getHistory();
        assertThat(history.stream().map(LayerRefresh::step))
                .containsExactly(0L, 0L, 2L, 2L, 4L, 4L, 6L, 6L);
        assertThat(history.get(0).figures()).containsOnlyKeys("factor");
        assertThat(history.get(7).figures()).containsOnlyKeys("factor", "dense-flip-rate");
        assertThat(metrics.getMetric("mask-factor")).hasSize(8);
        assertThat(metrics.getMetric("mask-dense-flip-rate")).hasSize(6);
    }

    @Test
    void theHistoryIsBounded() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(1))
                        .optHistory(3)
                        .build();
        train(sparsifier, null, 4);

        assertThat(sparsifier.getHistory().stream().map(r -> r.step() + " " + r.name()))
                .containsExactly("2 03Linear_weight", "3 01Linear_weight", "3 03Linear_weight");
        Sparsifier.Builder negative = Sparsifier.builder().setPattern(PATTERN).optHistory(-1);
        assertThatIllegalArgumentException()
                .isThrownBy(negative::build)
                .withMessage("history -1: must not be negative");
    }

    /**
     * Trains, and returns the expected records of steps 1, 4 and 7, computed from the weights
     * before these steps.
     */
    private static List<LayerRefresh> train(
            Sparsifier sparsifier, @Nullable Metrics metrics, int steps) throws Exception {
        Engine.getInstance().setRandomSeed(2);
        List<LayerRefresh> expected = new ArrayList<>();
        Map<String, Mask> before = new HashMap<>();
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(32).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(8).build());
        try (Model model = Model.newInstance("history")) {
            model.setBlock(sparsifier.wrap(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new SquaredError())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.02f))
                                            .build());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(1, 16));
                ArrayDataset data = data(trainer.getManager());
                int step = 0;
                while (step < steps) {
                    for (Batch batch : trainer.iterateDataset(data)) {
                        if (step < steps) {
                            if (step % 3 == 1) {
                                expected.addAll(expected(block, step, before));
                            }
                            EasyTrain.trainBatch(trainer, batch);
                            trainer.step();
                            step++;
                        }
                        batch.close();
                    }
                }
            }
        }
        return expected;
    }

    private static List<LayerRefresh> expected(Block block, long step, Map<String, Mask> before) {
        List<LayerRefresh> expected = new ArrayList<>();
        for (String layer : List.of("01Linear_weight", "03Linear_weight")) {
            float[] weights = block.getParameters().get(layer).getArray().toFloatArray();
            WeightShape shape = Objects.requireNonNull(SHAPES.get(layer));
            Mask mask = MaskSolver.exact().solve(weights, shape, PATTERN);
            boolean[] keep = mask.toBooleanArray();
            Mask old = before.put(layer, mask);
            boolean[] oldKeep = old == null ? keep : old.toBooleanArray();
            double flips = 0;
            double kept = 0;
            double all = 0;
            for (int i = 0; i < keep.length; i++) {
                flips += keep[i] == oldKeep[i] ? 0 : 1;
                kept += keep[i] ? Math.abs(weights[i]) : 0;
                all += Math.abs(weights[i]);
            }
            expected.add(
                    new LayerRefresh(step, layer, flips / keep.length, kept / all, 0, Map.of()));
        }
        return expected;
    }

    private static ArrayDataset data(NDManager manager) {
        NDArray x = manager.arange(64f * 16).reshape(64, 16).mul(0.7f).sin();
        return new ArrayDataset.Builder()
                .setData(x)
                .optLabels(x.get(":, :8").mul(3).cos())
                .setSampling(16, false)
                .build();
    }
}
