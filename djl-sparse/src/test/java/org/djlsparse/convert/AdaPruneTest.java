package org.djlsparse.convert;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.util.PairList;
import ai.djl.util.Progress;

import org.djlsparse.ResourceCount;
import org.djlsparse.Sparsifier;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class AdaPruneTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;
    private final NDManager manager = NDManager.newBaseManager();

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(1);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource(MaskScore.class)
    void masksAreValidBothWaysAndErrorsFall(MaskScore score) {
        Block block = mlp();
        List<NDList> samples = samples(4, 16, 12);
        NDArray dense = forward(block, samples.get(0));

        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optScore(score)
                        .build()
                        .convert(block, samples);

        for (String name : List.of("01Linear_weight", "03Linear_weight")) {
            LayerConversion layer = report.getLayer(name);
            assertThat(layer.method()).isEqualTo("closed form");
            assertThat(layer.reason()).isNull();
            assertThat(layer.errorAfter()).isLessThan(Objects.requireNonNull(layer.errorBefore()));
            float[] weight = weight(block, name);
            WeightShape shape = WeightShape.of(layer.shape().getShape());
            assertThat(MaskChecker.check(weight, shape, PATTERN).isTransposable()).isTrue();
            assertThat(layer.density()).isEqualTo(0.5);
        }
        assertThat(report.getLayer("01Linear_bias").method()).isEqualTo("dense");
        assertThat(report.samples()).isEqualTo(64);
        assertThat(report.toString()).contains("01Linear_weight", "closed form", "64 samples");
        // The last layer's error is the error of the output.
        NDArray bias = parameter(block, "03Linear_bias").getArray();
        assertThat(relative(forward(block, samples.get(0)), dense, bias)).isLessThan(0.9);
    }

    /** A compressed file keeps all values except +0. */
    @ParameterizedTest
    @MethodSource("methods")
    void noZeroIsNegative(ReconstructionMethod method) {
        Block block = mlp();
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optMethod(method)
                        .build()
                        .convert(block, samples(2, 16, 12));

        assertThat(report.getLayer("01Linear_weight").method()).isEqualTo(method.getName());
        int kept = 0;
        for (float weight : weight(block, "01Linear_weight")) {
            kept += Float.floatToIntBits(weight) == 0 ? 0 : 1;
        }
        assertThat(kept).isEqualTo(16 * 12 / 2);
    }

    static Stream<ReconstructionMethod> methods() {
        return Stream.of(
                ReconstructionMethod.maskOnly(),
                ReconstructionMethod.closedForm(),
                ReconstructionMethod.adam());
    }

    /** The weight of a recurrent block cannot be fitted. */
    @Test
    void noZeroOfARecurrentBlockIsNegative() {
        Block block = LSTM.builder().setNumLayers(1).setStateSize(8).build();
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 8));
        AdaPrune.builder()
                .setPattern(PATTERN)
                .build()
                .convert(block, List.of(new NDList(manager.ones(new Shape(2, 3, 8)))));

        for (Parameter parameter : block.getParameters().values()) {
            for (float weight : parameter.getArray().toFloatArray()) {
                assertThat(Float.floatToIntBits(weight)).isNotEqualTo(Float.floatToIntBits(-0f));
            }
        }
    }

    @Test
    void rowWiseMasksHoldAlongRows() {
        Block block = mlp();
        AdaPrune.builder()
                .setPattern(PATTERN)
                .optSolver(MaskSolver.rowWise())
                .build()
                .convert(block, samples(2, 16, 12));
        MaskChecker.Result result =
                MaskChecker.check(
                        weight(block, "01Linear_weight"), WeightShape.of(16, 12), PATTERN);
        assertThat(result.isValidAlongRows()).isTrue();
        assertThat(result.isValidAlongColumns()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void sequentialIsNoWorseThanParallelAndBothBeatMagnitude(long seed) {
        List<Double> errors = new ArrayList<>();
        for (ReconstructionMethod method :
                List.of(ReconstructionMethod.maskOnly(), ReconstructionMethod.closedForm(1e-3))) {
            for (CalibrationMode mode : CalibrationMode.values()) {
                Engine.getInstance().setRandomSeed((int) seed);
                Block block = deepMlp();
                List<NDList> samples = samples(8, 64, 16);
                List<NDArray> dense = samples.stream().map(s -> forward(block, s)).toList();
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optScore(MaskScore.MAGNITUDE)
                        .optMethod(method)
                        .optMode(mode)
                        .build()
                        .convert(block, samples);
                double sum = 0;
                for (int i = 0; i < samples.size(); i++) {
                    NDArray after = forward(block, samples.get(i));
                    sum += after.sub(dense.get(i)).square().sum().getFloat();
                }
                errors.add(sum);
            }
        }
        assertThat(errors.get(0)).isEqualTo(errors.get(1)); // nothing is fitted
        assertThat(errors.get(2)).isLessThan(errors.get(0));
        assertThat(errors.get(3)).isLessThanOrEqualTo(errors.get(2));
    }

    @Test
    void methodNoneKeepsWeightsToTheBit() {
        Block block = mlp();
        Map<String, float[]> before = weights(block);
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optScore(MaskScore.MAGNITUDE)
                        .optMethod(ReconstructionMethod.maskOnly())
                        .build()
                        .convert(block, samples(1, 8, 12));
        float[] dense = Objects.requireNonNull(before.get("01Linear_weight"));
        Mask mask = MaskSolver.auto().solve(dense, WeightShape.of(16, 12), PATTERN);
        float[] factors = mask.toFloatArray();
        for (int i = 0; i < dense.length; i++) {
            factors[i] *= dense[i];
        }
        float[] after = weight(block, "01Linear_weight");
        for (int i = 0; i < dense.length; i++) {
            assertThat(after[i] + 0f).isEqualTo(factors[i] + 0f);
        }
        assertThat(weight(block, "01Linear_bias")).isEqualTo(before.get("01Linear_bias"));
        LayerConversion layer = report.getLayer("01Linear_weight");
        assertThat(layer.errorAfter()).isEqualTo(layer.errorBefore());
        assertThat(layer.keptMagnitude()).isEqualTo(mask.getKeptMagnitude(dense));
    }

    @Test
    void adamIsNoBetterThanTheClosedForm() {
        double[] errors = new double[2];
        for (int i = 0; i < 2; i++) {
            Engine.getInstance().setRandomSeed(3);
            Block block = mlp();
            AdaPruneReport report =
                    AdaPrune.builder()
                            .setPattern(PATTERN)
                            .optScore(MaskScore.MAGNITUDE)
                            .optMode(CalibrationMode.PARALLEL)
                            .optMethod(
                                    i == 0
                                            ? ReconstructionMethod.closedForm(1e-9)
                                            : ReconstructionMethod.adam(300, 20, 1e-2, 1e-2))
                            .build()
                            .convert(block, samples(4, 16, 12));
            LayerConversion layer = report.getLayer("03Linear_weight");
            errors[i] = Objects.requireNonNull(layer.errorAfter());
            assertThat(errors[i]).isLessThan(Objects.requireNonNull(layer.errorBefore()));
            assertThat(layer.method()).isEqualTo(i == 0 ? "closed form" : "adam");
            float[] weight = weight(block, "03Linear_weight");
            assertThat(MaskChecker.check(weight, WeightShape.of(8, 16), PATTERN).isTransposable())
                    .isTrue();
        }
        assertThat(errors[0]).isLessThanOrEqualTo(errors[1]);
    }

    @Test
    void convolutionsAreFittedAndBatchNormsTakenAnew() {
        Block block =
                new SequentialBlock()
                        .add(
                                Conv2d.builder()
                                        .setKernelShape(new Shape(3, 3))
                                        .setFilters(8)
                                        .optPadding(new Shape(1, 1))
                                        .optBias(false)
                                        .build())
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 4, 6, 6));
        List<NDList> samples =
                List.of(
                        new NDList(manager.randomNormal(new Shape(4, 4, 6, 6))),
                        new NDList(manager.randomNormal(new Shape(3, 4, 6, 6))));

        AdaPruneReport report =
                AdaPrune.builder().setPattern(PATTERN).build().convert(block, samples);

        LayerConversion layer = report.getLayer("01Conv2d_weight");
        assertThat(layer.method()).isEqualTo("closed form");
        assertThat(layer.errorAfter()).isLessThan(Objects.requireNonNull(layer.errorBefore()));
        assertThat(
                        MaskChecker.check(
                                        weight(block, "01Conv2d_weight"),
                                        WeightShape.of(8, 4, 3, 3),
                                        PATTERN)
                                .isTransposable())
                .isTrue();
        assertThat(report.batchNorms()).isOne();
        Block conv = block.getChildren().valueAt(0);
        float[] mean = weight(block, "02BatchNorm_runningMean");
        float[] variance = weight(block, "02BatchNorm_runningVar");
        for (int channel = 0; channel < 8; channel++) {
            List<Double> seen = new ArrayList<>();
            for (NDList sample : samples) {
                NDArray y = forward(conv, sample).get(":, " + channel);
                for (float value : y.toFloatArray()) {
                    seen.add((double) value);
                }
            }
            double average = seen.stream().mapToDouble(v -> v).average().orElseThrow();
            double squares = seen.stream().mapToDouble(v -> (v - average) * (v - average)).sum();
            assertThat((double) mean[channel]).isCloseTo(average, within(1e-5));
            assertThat((double) variance[channel])
                    .isCloseTo(squares / (seen.size() - 1), within(1e-5));
        }
    }

    @Test
    void batchNormsStayIfNotAskedFor() {
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(8).build())
                        .add(BatchNorm.builder().build());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 8));
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optBatchNorm(false)
                        .build()
                        .convert(block, samples(1, 16, 8));
        assertThat(report.batchNorms()).isZero();
        assertThat(weight(block, "02BatchNorm_runningMean")).containsOnly(0);
    }

    @Test
    void aWeightThatTwoLayersShareIsFittedToBoth() {
        Linear first = Linear.builder().setUnits(8).build();
        Block block = new SequentialBlock().add(first).add(Activation.reluBlock()).add(first);
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 8));
        List<NDList> samples = samples(2, 20, 8);
        AdaPruneReport report =
                AdaPrune.builder().setPattern(PATTERN).build().convert(block, samples);
        assertThat(report.layers().stream().filter(LayerConversion::isMasked)).hasSize(1);
        LayerConversion layer = report.layers().get(0);
        assertThat(layer.reason()).isNull();
        assertThat(layer.errorAfter()).isLessThan(Objects.requireNonNull(layer.errorBefore()));
        assertThat(
                        MaskChecker.check(
                                        weight(block, layer.name()), WeightShape.of(8, 8), PATTERN)
                                .isTransposable())
                .isTrue();
    }

    @Test
    void attentionIsFittedAndProjectionsOfOneInputTogether() {
        TransformerEncoderBlock block = new TransformerEncoderBlock(8, 2, 16, 0f, Activation::relu);
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 8));
        List<NDList> samples =
                List.of(
                        new NDList(manager.randomNormal(new Shape(6, 5, 8))),
                        new NDList(manager.randomNormal(new Shape(4, 5, 8))));
        Steps steps = new Steps();
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optProgress(steps)
                        .build()
                        .convert(block, samples);
        List<LayerConversion> masked =
                report.layers().stream().filter(LayerConversion::isMasked).toList();
        assertThat(masked).hasSize(6);
        for (LayerConversion layer : masked) {
            assertThat(layer.reason()).isNull();
            assertThat(layer.errorAfter()).isLessThan(Objects.requireNonNull(layer.errorBefore()));
            float[] weight = weight(block, layer.name());
            WeightShape shape = WeightShape.of(layer.shape().getShape());
            assertThat(MaskChecker.check(weight, shape, PATTERN).isTransposable()).isTrue();
        }
        // Query, key and value are one step, the other three layers one each.
        assertThat(steps.max).isEqualTo(4);
        assertThat(steps.done).isEqualTo(4);
        assertThat(steps.ended).isTrue();
    }

    /** A recorder of calls to a progress bar. */
    private static final class Steps implements Progress {

        private long max;
        private long done;
        private boolean ended;

        @Override
        public void reset(String message, long max, String trailingMessage) {
            this.max = max;
        }

        @Override
        public void start(long initialProgress) {
            done = initialProgress;
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void increment(long increment) {
            done += increment;
        }

        @Override
        public void update(long progress, String message) {
            done = progress;
        }
    }

    @Test
    void conv1dIsFitted() {
        Block block =
                new SequentialBlock()
                        .add(
                                Conv1d.builder()
                                        .setKernelShape(new Shape(3))
                                        .setFilters(8)
                                        .optPadding(new Shape(1))
                                        .optStride(new Shape(2))
                                        .build());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 4, 9));
        NDList sample = new NDList(manager.randomNormal(new Shape(20, 4, 9)));
        NDArray dense = forward(block, sample);
        AdaPruneReport report =
                AdaPrune.builder().setPattern(PATTERN).build().convert(block, List.of(sample));
        LayerConversion layer = report.getLayer("01Conv1d_weight");
        NDArray after = forward(block, sample);
        // The dense bias was zero, so the error is that of the whole output.
        double error = relative(after, dense, manager.zeros(new Shape(1)));
        assertThat(error).isCloseTo(Objects.requireNonNull(layer.errorAfter()), within(1e-5));
        assertThat(error).isLessThan(Objects.requireNonNull(layer.errorBefore()));
    }

    @Test
    void whatCannotBeFittedIsMaskedAndSaysWhy() {
        Block block =
                new SequentialBlock()
                        .add(
                                LSTM.builder()
                                        .setNumLayers(1)
                                        .setStateSize(8)
                                        .optReturnState(false)
                                        .optBatchFirst(true)
                                        .build())
                        .add(Linear.builder().setUnits(8).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 8));
        NDList sample = new NDList(manager.randomNormal(new Shape(2, 5, 8)));
        AdaPruneReport report =
                AdaPrune.builder().setPattern(PATTERN).build().convert(block, List.of(sample));
        LayerConversion recurrent =
                report.layers().stream()
                        .filter(l -> l.isMasked() && l.name().contains("LSTM"))
                        .findFirst()
                        .orElseThrow();
        assertThat(recurrent.method()).isEqualTo("mask only");
        assertThat(recurrent.reason()).isEqualTo("block LSTM is not Linear, Conv1d or Conv2d");
        assertThat(recurrent.errorAfter()).isNull();
        float[] weight = weight(block, recurrent.name());
        WeightShape shape = WeightShape.of(recurrent.shape().getShape());
        assertThat(MaskChecker.check(weight, shape, PATTERN).isTransposable()).isTrue();
        assertThat(report.getLayer("02Linear_weight").method()).isEqualTo("closed form");
        assertThat(report.toString()).contains("only masked: block LSTM");
    }

    /** A block that holds its layer where it cannot be replaced. */
    private static final class Holder extends AbstractBlock {

        private final Block[] blocks = {Linear.builder().setUnits(8).build()};

        Holder() {
            addChildBlock("held", blocks[0]);
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore parameterStore,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return blocks[0].forward(parameterStore, inputs, training, params);
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            blocks[0].initialize(manager, dataType, inputShapes);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return blocks[0].getOutputShapes(inputShapes);
        }
    }

    @Test
    void layersOutOfReachAndUnusedOnesAreOnlyMasked() {
        Linear unused = Linear.builder().setUnits(8).build();
        SequentialBlock skipping =
                new SequentialBlock() {
                    @Override
                    protected NDList forwardInternal(
                            ParameterStore parameterStore,
                            NDList inputs,
                            boolean training,
                            @Nullable PairList<String, Object> params) {
                        return inputs;
                    }
                };
        Block block = new SequentialBlock().add(new Holder()).add(skipping.add(unused));
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 8));
        AdaPruneReport report =
                AdaPrune.builder().setPattern(PATTERN).build().convert(block, samples(1, 8, 8));
        List<LayerConversion> masked =
                report.layers().stream().filter(LayerConversion::isMasked).toList();
        assertThat(masked).hasSize(2).allMatch(layer -> layer.method().equals("mask only"));
        assertThat(masked.get(0).reason()).startsWith("held in ").contains("Holder.blocks");
        assertThat(masked.get(1).reason())
                .isEqualTo("not called by the model on the calibration samples");
        for (LayerConversion layer : masked) {
            assertThat(
                            MaskChecker.check(
                                            weight(block, layer.name()),
                                            WeightShape.of(8, 8),
                                            PATTERN)
                                    .isTransposable())
                    .isTrue();
        }
    }

    @Test
    void littleMemoryGivesTheSameWeights() {
        List<float[]> found = new ArrayList<>();
        for (long bytes : new long[] {1, 1L << 30}) {
            Engine.getInstance().setRandomSeed(5);
            Block block = deepMlp();
            Steps steps = new Steps();
            AdaPrune.builder()
                    .setPattern(PATTERN)
                    .optMode(CalibrationMode.PARALLEL)
                    .optSumBytes(bytes)
                    .optProgress(steps)
                    .build()
                    .convert(block, samples(2, 40, 16));
            assertThat(steps.max).isEqualTo(bytes == 1 ? 4 : 1);
            found.add(weight(block, "05Linear_weight"));
        }
        assertThat(found.get(0)).isEqualTo(found.get(1));
    }

    @Test
    void frozenWeightsStayDenseUnlessNamedAndFrozenBiasesStay() {
        Block block = mlp();
        Map<String, float[]> before = weights(block);
        parameter(block, "01Linear_weight").freeze(true);
        parameter(block, "03Linear_bias").freeze(true);
        AdaPruneReport report =
                AdaPrune.builder().setPattern(PATTERN).build().convert(block, samples(2, 16, 12));
        assertThat(report.getLayer("01Linear_weight").reason())
                .isEqualTo("frozen; name it to mask it");
        assertThat(weight(block, "01Linear_weight")).isEqualTo(before.get("01Linear_weight"));
        assertThat(weight(block, "03Linear_bias")).isEqualTo(before.get("03Linear_bias"));
        assertThat(report.getLayer("03Linear_weight").isMasked()).isTrue();

        AdaPrune.builder()
                .setPattern(PATTERN)
                .optLayers(LayerSelector.named("01Linear_weight"))
                .build()
                .convert(block, samples(2, 16, 12));
        assertThat(
                        MaskChecker.check(
                                        weight(block, "01Linear_weight"),
                                        WeightShape.of(16, 12),
                                        PATTERN)
                                .isTransposable())
                .isTrue();
    }

    @Test
    void layersCanHaveTheirOwnPatternOrStayDense() {
        Block block = deepMlp();
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optPolicy(
                                LayerPolicy.builder()
                                        .addDense(LayerSelector.named("01Linear_weight"))
                                        .add(
                                                LayerSelector.named("03Linear_weight"),
                                                NmPattern.of(4, 8))
                                        .build())
                        .build()
                        .convert(block, samples(2, 16, 16));
        assertThat(report.getLayer("01Linear_weight").isMasked()).isFalse();
        assertThat(report.getLayer("03Linear_weight").pattern()).isEqualTo(NmPattern.of(4, 8));
        assertThat(report.getLayer("05Linear_weight").pattern()).isEqualTo(PATTERN);
    }

    @Test
    void patternsFollowTheSparsityOfUnstructuredModels() {
        Block block = deepMlp();
        zeroSmallest(parameter(block, "01Linear_weight"), 0.9);
        zeroSmallest(parameter(block, "03Linear_weight"), 0.5);
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPatternChooser(new PatternChooser(4, 0.9))
                        .build()
                        .convert(block, samples(2, 16, 16));
        assertThat(report.getLayer("01Linear_weight").pattern()).isEqualTo(NmPattern.of(1, 4));
        assertThat(report.getLayer("03Linear_weight").pattern()).isEqualTo(NmPattern.of(3, 4));
        assertThat(report.getLayer("05Linear_weight").reason())
                .isEqualTo("no pattern reaches the confidence at sparsity 0.0");
    }

    @Test
    void aPatternOfALayersOwnIsNotChosenAnew() {
        Block block = mlp();
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPatternChooser(new PatternChooser(4, 0))
                        .optPolicy(
                                LayerPolicy.builder()
                                        .add(
                                                LayerSelector.named("01Linear_weight"),
                                                NmPattern.of(4, 4))
                                        .build())
                        .build()
                        .convert(block, samples(2, 16, 12));

        assertThat(report.getLayer("01Linear_weight").pattern()).isEqualTo(NmPattern.of(4, 4));
        assertThat(report.getLayer("01Linear_weight").density()).isEqualTo(1);
        assertThat(report.getLayer("03Linear_weight").pattern()).isEqualTo(NmPattern.of(1, 4));
    }

    @Test
    void denseEndsAreThoseOfTheWeightsThatWouldGetAMask() {
        SequentialBlock block = new SequentialBlock();
        for (int i = 0; i < 5; i++) {
            block.add(Linear.builder().setUnits(8).build());
        }
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        block.getChildren().valueAt(0).freezeParameters(true);
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optPolicy(LayerPolicy.builder().optDenseFirstAndLast(true).build())
                        .build()
                        .convert(block, samples(2, 16, 8));

        assertThat(report.getLayer("01Linear_weight").reason())
                .isEqualTo("frozen; name it to mask it");
        assertThat(report.getLayer("02Linear_weight").reason())
                .isEqualTo("first of the masked weights, dense by policy");
        assertThat(report.getLayer("03Linear_weight").reason()).isNull();
        assertThat(report.getLayer("04Linear_weight").reason()).isNull();
        assertThat(report.getLayer("05Linear_weight").reason())
                .isEqualTo("last of the masked weights, dense by policy");
    }

    @Test
    void validationSeesDenseMaskedAndConverted() {
        Block block = mlp();
        NDArray x = manager.randomNormal(new Shape(32, 12));
        NDArray dense = forward(block, new NDList(x));
        ArrayDataset data =
                new ArrayDataset.Builder()
                        .setData(x)
                        .optLabels(dense.duplicate())
                        .setSampling(32, false)
                        .build();
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optValidation(data, Loss.l2Loss("l2"))
                        .build()
                        .convert(block, List.of(new NDList(x)));
        MetricChange metric = report.metrics().get(0);
        assertThat(metric.name()).isEqualTo("l2");
        assertThat(metric.dense()).isZero();
        NDArray after = forward(block, new NDList(x));
        double expected = after.sub(dense).square().mean().getFloat() / 2;
        assertThat(metric.converted()).isCloseTo(expected, within(1e-6));
        assertThat(metric.converted()).isLessThan(metric.magnitude());
        assertThat(metric.getRecovered()).isBetween(0.0, 1.0);
    }

    @Test
    void cancellingLeavesTheModelToTheBit() {
        int asked = countAsks();
        for (int ends = 1; ends <= asked; ends += 3) {
            Block block = normedMlp();
            Map<String, float[]> before = weights(block);
            int last = ends;
            int[] count = {0};
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(
                            () ->
                                    AdaPrune.builder()
                                            .setPattern(PATTERN)
                                            .optCancel(() -> ++count[0] == last)
                                            .build()
                                            .convert(block, samples(2, 8, 8)));
            assertSame(weights(block), before);
            assertThat(block.getChildren().values())
                    .allMatch(child -> !child.getClass().getSimpleName().startsWith("Tapped"));
        }
    }

    private int countAsks() {
        int[] count = {0};
        AdaPrune.builder()
                .setPattern(PATTERN)
                .optCancel(
                        () -> {
                            count[0]++;
                            return false;
                        })
                .build()
                .convert(normedMlp(), samples(2, 8, 8));
        assertThat(count[0]).isGreaterThan(10);
        return count[0];
    }

    @Test
    void badCalibrationDataIsNamedAndChangesNothing() {
        Block block = mlp();
        Map<String, float[]> before = weights(block);
        AdaPrune adaPrune = AdaPrune.builder().setPattern(PATTERN).build();
        NDArray broken = manager.randomNormal(new Shape(4, 12));
        broken.setScalar(new NDIndex("1, 2"), Float.NaN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(block, List.of(new NDList(broken))))
                .withMessage(
                        "layer \"01Linear_weight\": its inputs or outputs on the calibration data"
                                + " are not finite");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(block, samples(1, 4, 11)))
                .withMessageStartingWith(
                        "calibration batch 1 of shapes [(4, 11)]: the forward pass failed: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(block, List.of()))
                .withMessage("calibration data: must hold at least one sample");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(block, List.of(new NDList())))
                .withMessageStartingWith("calibration batch 1: must hold");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(block, List.of(new NDList(manager.create(1f)))))
                .withMessageStartingWith("calibration batch 1: must hold");
        assertSame(weights(block), before);
        assertThat(block.getChildren().values().get(0)).isExactlyInstanceOf(Linear.class);
    }

    @Test
    void weightsThatAreNotFiniteAreNamed() {
        Block block = mlp();
        parameter(block, "03Linear_weight").getArray().setScalar(new NDIndex("0, 0"), Float.NaN);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                AdaPrune.builder()
                                        .setPattern(PATTERN)
                                        .build()
                                        .convert(block, samples(1, 4, 12)))
                .withMessageStartingWith("layer \"03Linear_weight\": no mask: weight at row 0");
    }

    @Test
    void oneSampleIsEnoughAndNoMoreThanAskedForAreUsed() {
        Block block = mlp();
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optSamples(1)
                        .build()
                        .convert(block, samples(3, 8, 12));
        assertThat(report.samples()).isOne();
        assertThat(report.getLayer("01Linear_weight").errorAfter()).isLessThan(0.05);
        for (float value : weight(block, "01Linear_weight")) {
            assertThat(value).isFinite();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float16", "float64"})
    void otherTypesStay(String type) {
        DataType dataType = DataType.valueOf(type.toUpperCase(Locale.ROOT));
        Block block = new SequentialBlock().add(Linear.builder().setUnits(8).build());
        block.initialize(manager, dataType, new Shape(4, 8));
        NDArray x = manager.randomNormal(new Shape(16, 8)).toType(dataType, false);
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .build()
                        .convert(block, List.of(new NDList(x)));
        assertThat(report.layers().get(0).errorAfter()).isLessThan(0.7);
        assertThat(parameter(block, "01Linear_weight").getArray().getDataType())
                .isEqualTo(dataType);
    }

    @Test
    void leavesNoArraysBehind() {
        Block block = normedMlp();
        List<NDList> samples = samples(2, 8, 8);
        int before = ResourceCount.of(manager);
        AdaPrune adaPrune = AdaPrune.builder().setPattern(PATTERN).build();
        adaPrune.convert(block, samples);
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
        adaPrune.convert(block, samples);
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void aConvertedModelIsPlainDjl() throws Exception {
        NDList sample = samples(1, 16, 12).get(0);
        NDArray expected;
        try (Model model = Model.newInstance("net")) {
            model.setBlock(mlp());
            ArrayDataset data =
                    new ArrayDataset.Builder().setData(sample.head()).setSampling(8, false).build();
            AdaPruneReport report =
                    AdaPrune.builder().setPattern(PATTERN).build().convert(model, data);
            assertThat(report.samples()).isEqualTo(16);
            expected = forward(model.getBlock(), sample);
            model.save(folder, "net");
        }
        try (Model model = Model.newInstance("net")) {
            model.setBlock(mlp());
            model.load(folder, "net");
            assertThat(forward(model.getBlock(), sample)).isEqualTo(expected);
        }
    }

    @Test
    void blocksMustBePlainAndInitialized() {
        AdaPrune adaPrune = AdaPrune.builder().setPattern(PATTERN).build();
        Block raw = new SequentialBlock().add(Linear.builder().setUnits(8).build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(raw, samples(1, 4, 8)))
                .withMessage(
                        "block SequentialBlock: must be initialized; load the model, or train it,"
                                + " first");
        Block wrapped = Sparsifier.builder().setPattern(PATTERN).build().wrap(mlp());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> adaPrune.convert(wrapped, samples(1, 4, 12)))
                .withMessage(
                        "block SparseBlock: must not be or contain a SparseBlock; unwrap it first");
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AdaPrune.builder().build())
                .withMessageStartingWith("pattern: a pattern or a pattern chooser must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AdaPrune.builder().setPattern(PATTERN).optSamples(0).build())
                .withMessage("samples 0: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReconstructionMethod.closedForm(0))
                .withMessage("damping 0.0: must be positive and finite");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReconstructionMethod.adam(0, 1, 1, 1))
                .withMessage("steps 0: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                AdaPrune.builder()
                                        .setPattern(NmPattern.of(2, 64))
                                        .build()
                                        .convert(mlp(), samples(1, 4, 12)))
                .withMessageStartingWith("block: no layer can carry a mask; a linear, ");
    }

    private Block mlp() {
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(8).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 12));
        return block;
    }

    private Block deepMlp() {
        SequentialBlock block = new SequentialBlock();
        for (int i = 0; i < 3; i++) {
            block.add(Linear.builder().setUnits(32).build()).add(Activation.reluBlock());
        }
        block.add(Linear.builder().setUnits(8).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 16));
        return block;
    }

    private Block normedMlp() {
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(8).build())
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(8).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(4, 8));
        return block;
    }

    private List<NDList> samples(int batches, int size, int width) {
        List<NDList> samples = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            samples.add(new NDList(manager.randomNormal(new Shape(size, width))));
        }
        return samples;
    }

    private NDArray forward(Block block, NDList input) {
        return block.forward(new ParameterStore(manager, false), input, false).singletonOrThrow();
    }

    private static double relative(NDArray now, NDArray dense, NDArray bias) {
        double error = now.sub(dense).square().sum().getFloat();
        return Math.sqrt(error / dense.sub(bias).square().sum().getFloat());
    }

    private static Parameter parameter(Block block, String name) {
        return block.getParameters().get(name);
    }

    private static float[] weight(Block block, String name) {
        return parameter(block, name).getArray().toFloatArray();
    }

    private static Map<String, float[]> weights(Block block) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        block.getParameters().forEach(p -> weights.put(p.getKey(), weight(block, p.getKey())));
        return weights;
    }

    private static void assertSame(Map<String, float[]> now, Map<String, float[]> before) {
        assertThat(now.keySet()).isEqualTo(before.keySet());
        now.forEach((name, values) -> assertThat(values).as(name).isEqualTo(before.get(name)));
    }

    private static void zeroSmallest(Parameter parameter, double share) {
        float[] values = parameter.getArray().toFloatArray();
        float[] sorted = values.clone();
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = Math.abs(sorted[i]);
        }
        Arrays.sort(sorted);
        float limit = sorted[(int) Math.round(share * sorted.length)];
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(values[i]) < limit) {
                values[i] = 0;
            }
        }
        parameter.getArray().set(values);
    }
}
