package org.djlsparse.spark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.convert.CalibrationMode;
import org.djlsparse.convert.LayerConversion;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.convert.ReconstructionMethod;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

/** Compares conversions on Spark with those of {@link AdaPrune} on the same samples. */
class SparkAdaPruneTest {

    private static final double BOUND = 1e-6;

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final int BATCHES = 11;
    private static final int BATCH = 4;

    private static final Shape ROW = new Shape(16);
    private static final Shape IMAGE = new Shape(8, 12, 12); // more than 4096 positions in total

    private static final AtomicInteger READINGS = new AtomicInteger();

    private static @Nullable JavaSparkContext context;

    private static final List<Block> SHARED = new CopyOnWriteArrayList<>();

    private final NDManager manager = NDManager.newBaseManager();

    @BeforeAll
    static void start() {
        context = LocalCluster.startLocal(2);
    }

    @AfterAll
    static void stop() {
        spark().close();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static JavaSparkContext spark() {
        return Objects.requireNonNull(context);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2:4", "4:8"})
    void anMlpGetsTheWeightsOfAdaPrune(String pattern) {
        compare(SparkAdaPruneTest::newMlp, ROW, NmPattern.parse(pattern));
    }

    /** The convolutions have so many positions that only some are used: the same ones. */
    @ParameterizedTest
    @ValueSource(strings = {"2:4", "4:8"})
    void aConvolutionalModelGetsTheWeightsOfAdaPrune(String pattern) {
        compare(SparkAdaPruneTest::newConvolutions, IMAGE, NmPattern.parse(pattern));
    }

    private void compare(BlockFactory factory, Shape shape, NmPattern pattern) {
        AdaPrune adaPrune = parallel().setPattern(pattern).build();
        Block expected = initialized(factory, shape);
        AdaPruneReport reference = adaPrune.convert(expected, all(shape));
        for (int tasks : new int[] {1, 2, 5}) {
            Block block = initialized(factory, shape);
            AdaPruneReport report =
                    on(adaPrune, factory, shape).optTasks(tasks).build().convert(spark(), block);
            // One task adds the same numbers in the same order.
            assertSame(block, expected, tasks == 1 ? 0 : BOUND);
            assertSame(report, reference, tasks == 1 ? 0 : BOUND);
        }
        for (LayerConversion layer : reference.layers()) {
            if (layer.isMasked()) {
                float[] weight = Objects.requireNonNull(weights(expected).get(layer.name()));
                WeightShape matrix = WeightShape.of(layer.shape().getShape());
                assertThat(MaskChecker.check(weight, matrix, pattern).isTransposable()).isTrue();
            }
        }
    }

    private static void assertSame(Block block, Block expected, double bound) {
        Map<String, float[]> own = weights(block);
        weights(expected)
                .forEach(
                        (name, values) -> {
                            float[] found = Objects.requireNonNull(own.get(name));
                            float largest = 0;
                            for (float value : values) {
                                largest = Math.max(largest, Math.abs(value));
                            }
                            for (int i = 0; i < values.length; i++) {
                                assertThat(found[i])
                                        .isCloseTo(values[i], within((float) bound * largest));
                                assertThat(found[i] == 0).isEqualTo(values[i] == 0);
                            }
                        });
    }

    private static void assertSame(AdaPruneReport report, AdaPruneReport expected, double bound) {
        assertThat(report.samples()).isEqualTo(expected.samples());
        assertThat(report.settings()).isEqualTo(expected.settings());
        assertThat(report.batchNorms()).isEqualTo(expected.batchNorms());
        assertThat(report.layers()).hasSameSizeAs(expected.layers());
        for (int i = 0; i < report.layers().size(); i++) {
            LayerConversion own = report.layers().get(i);
            LayerConversion other = expected.layers().get(i);
            assertThat(own)
                    .usingRecursiveComparison()
                    .ignoringFields("errorBefore", "errorAfter", "fitSeconds")
                    .isEqualTo(other);
            if (other.errorAfter() != null) {
                assertThat(own.errorBefore()).isCloseTo(other.errorBefore(), within(bound));
                assertThat(own.errorAfter()).isCloseTo(other.errorAfter(), within(bound));
                assertThat(own.fitSeconds()).isPositive();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(MaskScore.class)
    void allScoresAreSupportedAndGroupsMayBeSmall(MaskScore score) {
        for (ReconstructionMethod method :
                List.of(ReconstructionMethod.closedForm(0.01), ReconstructionMethod.maskOnly())) {
            AdaPrune adaPrune =
                    parallel()
                            .setPattern(PATTERN)
                            .optScore(score)
                            .optMethod(method)
                            .optSolver(MaskSolver.rowWise())
                            .optSumBytes(1)
                            .build();
            Block expected = initialized(SparkAdaPruneTest::newMlp, ROW);
            Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
            AdaPruneReport reference = adaPrune.convert(expected, all(ROW));
            AdaPruneReport report = convert(adaPrune, SparkAdaPruneTest::newMlp, 3, block);
            assertSame(block, expected, BOUND);
            assertSame(report, reference, BOUND);
        }
    }

    @Test
    void ownSolversAreSentIfTheyAreSerializable() {
        MaskSolver own =
                (MaskSolver & Serializable)
                        (weights, shape, pattern) ->
                                MaskSolver.greedy().solve(weights, shape, pattern);
        AdaPrune adaPrune = parallel().setPattern(PATTERN).optSolver(own).build();
        Block expected = initialized(SparkAdaPruneTest::newMlp, ROW);
        adaPrune.convert(expected, all(ROW));
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        convert(adaPrune, SparkAdaPruneTest::newMlp, 2, block);
        assertSame(block, expected, BOUND);
    }

    /** Sums of more tasks than a task adds at once are added in two rounds. */
    @Test
    void manyTasksGiveTheSameBitsEachTime() {
        AdaPrune adaPrune = parallel().setPattern(PATTERN).build();
        Block expected = initialized(SparkAdaPruneTest::newMlp, ROW);
        adaPrune.convert(expected, all(ROW));
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
            convert(adaPrune, SparkAdaPruneTest::newMlp, GroupJob.FAN_IN + 2, block);
            blocks.add(block);
        }
        assertSame(blocks.get(0), expected, BOUND);
        assertSame(blocks.get(0), blocks.get(1), 0);
    }

    @Test
    void someTasksMayHaveNoSamples() {
        AdaPrune adaPrune = parallel().setPattern(PATTERN).build();
        Block expected = initialized(SparkAdaPruneTest::newMlp, ROW);
        adaPrune.convert(expected, all(ROW));
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        AdaPruneReport report =
                SparkAdaPrune.builder()
                        .setAdaPrune(adaPrune)
                        .setModel(SparkAdaPruneTest::newMlp)
                        .setSamples(
                                (owner, task, tasks) ->
                                        task % 3 == 1 ? share(owner, ROW, task / 3, 2) : List.of())
                        .optTasks(6)
                        .build()
                        .convert(spark(), block);
        assertThat(report.samples()).isEqualTo(BATCHES * BATCH);
        assertSame(block, expected, BOUND);
    }

    @Test
    void theDriverReadsNoSamplesWithoutBatchNorms() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        AdaPruneReport report =
                builder(
                                (owner, task, tasks) -> {
                                    if (TaskContext.get() == null) {
                                        throw new IOException("read by the driver");
                                    }
                                    return share(owner, ROW, task, tasks);
                                })
                        .optTasks(2)
                        .build()
                        .convert(spark(), block);
        assertThat(report.samples()).isEqualTo(BATCHES * BATCH);
        assertThat(report.batchNorms()).isZero();
    }

    @Test
    void eachTaskTakesItsShareOfTheLimit() {
        AdaPrune adaPrune = parallel().setPattern(PATTERN).optSamples(15).build();
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        AdaPruneReport report = convert(adaPrune, SparkAdaPruneTest::newMlp, 2, block);
        // Seven of the first batches, and eight of those from the fifth batch on.
        List<NDList> batches = all(ROW);
        List<NDList> taken =
                List.of(
                        batches.get(0),
                        new NDList(batches.get(1).head().get(":3")),
                        batches.get(5),
                        batches.get(6));
        Block expected = initialized(SparkAdaPruneTest::newMlp, ROW);
        adaPrune.convert(expected, taken);
        assertThat(report.samples()).isEqualTo(15);
        assertSame(block, expected, BOUND);
    }

    @Test
    void frozenBiasesStayAndUncalledLayersAreOnlyMasked() {
        AdaPrune adaPrune = parallel().setPattern(PATTERN).build();
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Block block = initialized(TwoHeads::new, ROW);
            block.getParameters().get("01first_bias").freeze(true);
            blocks.add(block);
        }
        float[] bias = blocks.get(0).getParameters().get("01first_bias").getArray().toFloatArray();
        AdaPruneReport expected = adaPrune.convert(blocks.get(1), all(ROW));
        AdaPruneReport report = convert(adaPrune, TwoHeads::new, 2, blocks.get(0));

        assertThat(weights(blocks.get(0)).get("01first_bias")).isEqualTo(bias);
        assertThat(report.getLayer("02second_weight").reason()).contains("not called");
        assertSame(report, expected, BOUND);
        assertSame(blocks.get(0), blocks.get(1), BOUND);
    }

    @Test
    void jobsAreDescribed() {
        List<String> descriptions = new CopyOnWriteArrayList<>();
        SparkListener listener =
                new SparkListener() {
                    @Override
                    public void onJobStart(SparkListenerJobStart job) {
                        descriptions.add(
                                String.valueOf(
                                        job.properties().getProperty("spark.job.description")));
                    }
                };
        spark().sc().addSparkListener(listener);
        spark().setJobDescription("mine");
        try {
            convert(
                    parallel().setPattern(PATTERN).optSumBytes(1).build(),
                    SparkAdaPruneTest::newMlp,
                    2,
                    initialized(SparkAdaPruneTest::newMlp, ROW));
            assertThat(spark().getLocalProperty("spark.job.description")).isEqualTo("mine");
            spark().parallelize(List.of(1), 1).count(); // its event is the last
            for (int i = 0; i < 100 && !descriptions.contains("mine"); i++) {
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            spark().setJobDescription(null);
            spark().sc().removeSparkListener(listener);
        }
        assertThat(descriptions)
                .containsExactly(
                        "AdaPrune: calls of 2 layers",
                        "AdaPrune: sums of layer 1 of 2",
                        "AdaPrune: sums of layer 2 of 2",
                        "mine");
    }

    @Test
    void samplesThatAreNotFiniteAreNamed() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        Map<String, float[]> before = weights(block);
        SparkAdaPrune sparkAdaPrune =
                SparkAdaPrune.builder()
                        .setAdaPrune(parallel().setPattern(PATTERN).build())
                        .setModel(SparkAdaPruneTest::newMlp)
                        .setSamples(
                                (owner, task, tasks) -> {
                                    NDArray rows = owner.ones(new Shape(4, 16));
                                    return List.of(
                                            new NDList(task == 1 ? rows.mul(Float.NaN) : rows));
                                })
                        .optTasks(2)
                        .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sparkAdaPrune.convert(spark(), block))
                .withMessageContaining("layer \"01Linear_weight\"")
                .withMessageContaining("not finite");
        assertUnchanged(block, before);
    }

    @Test
    void noSamplesAtAllAreAnError() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                builder((owner, task, tasks) -> List.of())
                                        .optTasks(2)
                                        .build()
                                        .convert(spark(), block))
                .withMessage(
                        "calibration data: must hold at least one sample; each of 2 parts is"
                                + " empty");
    }

    @Test
    void samplesThatDoNotFitNameTheTask() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        Map<String, float[]> before = weights(block);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                builder((owner, task, tasks) -> share(owner, new Shape(9), 0, 1))
                                        .optTasks(1)
                                        .build()
                                        .convert(spark(), block))
                .withMessageStartingWith("task 1 of 1: calibration batch 1")
                .withMessageContaining("the forward pass failed");
        assertUnchanged(block, before);
    }

    @Test
    void samplesThatDifferAtTheSecondReadingAreAnError() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        Map<String, float[]> before = weights(block);
        READINGS.set(0);
        assertThatIllegalStateException()
                .isThrownBy(
                        () ->
                                builder(
                                                (owner, task, tasks) ->
                                                        share(
                                                                owner,
                                                                ROW,
                                                                0,
                                                                1 + READINGS.getAndIncrement()))
                                        .optTasks(1)
                                        .build()
                                        .convert(spark(), block))
                .withMessageContaining("part 1 of 1: has other samples than at the first reading");
        assertUnchanged(block, before);
    }

    @Test
    void samplesThatCannotBeReadNameTheTask() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        assertThatIllegalStateException()
                .isThrownBy(
                        () ->
                                builder(
                                                (owner, task, tasks) -> {
                                                    throw new FileNotFoundException("/rows");
                                                })
                                        .optTasks(1)
                                        .build()
                                        .convert(spark(), block))
                .withMessage(
                        "AdaPrune on Spark, calls of 2 layers: samples of task 1 of 1: cannot be"
                                + " read: /rows");
    }

    /** The job waits for what only the end of the conversion brings. */
    @Test
    void aCancelledConversionEndsItsJob() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        Map<String, float[]> before = weights(block);
        READINGS.set(0);
        AdaPrune adaPrune =
                parallel().setPattern(PATTERN).optCancel(() -> READINGS.get() > 0).build();
        SparkAdaPrune sparkAdaPrune =
                SparkAdaPrune.builder()
                        .setAdaPrune(adaPrune)
                        .setModel(SparkAdaPruneTest::newMlp)
                        .setSamples(
                                (owner, task, tasks) -> {
                                    READINGS.incrementAndGet();
                                    while (!TaskContext.get().isInterrupted()) {
                                        Thread.onSpinWait();
                                    }
                                    return List.of();
                                })
                        .optTasks(1)
                        .build();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> sparkAdaPrune.convert(spark(), block))
                .withMessage("conversion cancelled; the model is unchanged");
        assertUnchanged(block, before);
    }

    @Test
    void aFactoryOfAnotherModelIsAnError() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        AdaPrune adaPrune = parallel().setPattern(PATTERN).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> convert(adaPrune, () -> newMlp(12), 2, block))
                .withMessage(
                        "model: parameter \"01Linear_weight\" of the factory's model has shape"
                                + " [12, 16]: must be [24, 16], as in the driver's model");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                on(
                                                adaPrune,
                                                () ->
                                                        ((SequentialBlock) newMlp())
                                                                .add(
                                                                        Linear.builder()
                                                                                .setUnits(4)
                                                                                .build()),
                                                ROW)
                                        .build()
                                        .convert(spark(), block))
                .withMessage(
                        "model: parameter 5 of the factory's model is \"04Linear_weight\": must be"
                                + " absent, as in the driver's model");
    }

    /** Models for a test on one machine are often static. */
    @Test
    void aFactoryThatReturnsTheModelItselfDoesNotSpoilIt() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        Map<String, float[]> before = weights(block);
        SHARED.add(block);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                convert(
                                        parallel().setPattern(PATTERN).build(),
                                        () -> SHARED.get(0),
                                        2,
                                        block))
                .withMessageStartingWith("model: the factory must build a new model at each call");
        assertUnchanged(block, before);
    }

    /** A factory may also load a model, which then has values of its own. */
    @Test
    void anInitializedModelGetsTheValuesOfTheDriver() {
        AdaPrune adaPrune = parallel().setPattern(PATTERN).build();
        Block expected = initialized(SparkAdaPruneTest::newMlp, ROW);
        adaPrune.convert(expected, all(ROW));
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        convert(adaPrune, SparkAdaPruneTest::loadMlp, 2, block);
        assertSame(block, expected, BOUND);
    }

    private static Block loadMlp() {
        Block block = newMlp();
        block.initialize(
                NDManager.newBaseManager(), DataType.FLOAT32, new Shape(BATCH).addAll(ROW));
        return block;
    }

    @Test
    void settingsThatNeedAllSamplesInOnePlaceAreErrors() {
        Block block = initialized(SparkAdaPruneTest::newMlp, ROW);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                convert(
                                        AdaPrune.builder().setPattern(PATTERN).build(),
                                        SparkAdaPruneTest::newMlp,
                                        2,
                                        block))
                .withMessageStartingWith("mode sequential: must be parallel on a cluster");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                convert(
                                        parallel()
                                                .setPattern(PATTERN)
                                                .optMethod(ReconstructionMethod.adam())
                                                .build(),
                                        SparkAdaPruneTest::newMlp,
                                        2,
                                        block))
                .withMessageStartingWith("method adam: must be the closed form or mask only");
        MaskSolver custom =
                (weights, shape, pattern) -> MaskSolver.exact().solve(weights, shape, pattern);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                convert(
                                        parallel().setPattern(PATTERN).optSolver(custom).build(),
                                        SparkAdaPruneTest::newMlp,
                                        2,
                                        block))
                .withMessage(
                        "solver \"custom\": must be serializable, or one of MaskSolver, for a"
                                + " cluster");
    }

    @Test
    void badSettingsAreNamed() {
        Block shared = newMlp();
        AdaPrune adaPrune = parallel().setPattern(PATTERN).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> on(adaPrune, () -> shared, ROW).build())
                .withMessageStartingWith("model ")
                .withMessageContaining("SequentialBlock");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> on(adaPrune, SparkAdaPruneTest::newMlp, ROW).optTasks(0).build())
                .withMessage("tasks 0: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkAdaPrune.builder().setAdaPrune(adaPrune).build())
                .withMessage("model: must be set");
    }

    private static void assertUnchanged(Block block, Map<String, float[]> before) {
        weights(block).forEach((name, values) -> assertThat(values).isEqualTo(before.get(name)));
    }

    private static AdaPrune.Builder parallel() {
        return AdaPrune.builder().optMode(CalibrationMode.PARALLEL);
    }

    private static SparkAdaPrune.Builder builder(SampleFactory samples) {
        return SparkAdaPrune.builder()
                .setAdaPrune(parallel().setPattern(PATTERN).build())
                .setModel(SparkAdaPruneTest::newMlp)
                .setSamples(samples);
    }

    private static SparkAdaPrune.Builder on(AdaPrune adaPrune, BlockFactory factory, Shape shape) {
        long[] sizes = shape.getShape();
        return SparkAdaPrune.builder()
                .setAdaPrune(adaPrune)
                .setModel(factory)
                .setSamples((owner, task, tasks) -> share(owner, new Shape(sizes), task, tasks));
    }

    /** Converts a model of rows. */
    private static AdaPruneReport convert(
            AdaPrune adaPrune, BlockFactory factory, int tasks, Block block) {
        return on(adaPrune, factory, ROW).optTasks(tasks).build().convert(spark(), block);
    }

    private List<NDList> all(Shape shape) {
        return share(manager, shape, 0, 1);
    }

    /** Reads some of the batches, which are the same in any process. */
    private static List<NDList> share(NDManager owner, Shape shape, int task, int tasks) {
        return IntStream.range(BATCHES * task / tasks, BATCHES * (task + 1) / tasks)
                .mapToObj(
                        batch -> {
                            Random random = new Random(batch);
                            float[] values = new float[BATCH * (int) shape.size()];
                            for (int i = 0; i < values.length; i++) {
                                values[i] = (float) random.nextGaussian();
                            }
                            Shape all = new Shape(BATCH).addAll(shape);
                            return new NDList(owner.create(values, all));
                        })
                .toList();
    }

    private Block initialized(BlockFactory factory, Shape shape) {
        Engine.getInstance().setRandomSeed(1);
        Block block = factory.newBlock();
        block.initialize(manager, DataType.FLOAT32, new Shape(BATCH).addAll(shape));
        return block;
    }

    private static Block newMlp() {
        return newMlp(24);
    }

    private static Block newMlp(int units) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(units).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(8).build());
    }

    private static Block newConvolutions() {
        return new SequentialBlock()
                .add(convolution(1))
                .add(BatchNorm.builder().build())
                .add(Activation.reluBlock())
                .add(convolution(2))
                .add(Activation.reluBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(8).build());
    }

    private static Block convolution(int stride) {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .setFilters(8)
                .optPadding(new Shape(1, 1))
                .optStride(new Shape(stride, stride))
                .build();
    }

    private static Map<String, float[]> weights(Block block) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        block.getParameters()
                .forEach(
                        pair ->
                                weights.put(
                                        pair.getKey(), pair.getValue().getArray().toFloatArray()));
        return weights;
    }

    /** Two linear layers, of which only the first is called. */
    private static final class TwoHeads extends AbstractBlock {

        private final Linear first = addChildBlock("first", Linear.builder().setUnits(8).build());
        private final Linear second = addChildBlock("second", Linear.builder().setUnits(8).build());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return first.forward(store, inputs, training, params);
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            first.initialize(manager, dataType, inputShapes);
            second.initialize(manager, dataType, inputShapes);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return first.getOutputShapes(inputs);
        }
    }
}
