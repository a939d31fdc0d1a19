package org.djlsparse.spark;

import ai.djl.TrainingDivergedException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.Sparsifier;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SparkTrainingTest {

    private static final long SEED = 3;
    private static final int STEPS = 10;

    private static JavaSparkContext spark;

    @TempDir private Path folder;

    @BeforeAll
    static void start() {
        // Each task may fail three times.
        spark = LocalCluster.start(new SparkConf().setMaster("local[2,4]"));
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    /** The optimizers whose state is exchanged. */
    enum Model implements ModelFactory {
        SGD {
            @Override
            public ModelSetup newModel() {
                return Clusters.sgd();
            }
        },
        ADAM {
            @Override
            public ModelSetup newModel() {
                return Clusters.adam();
            }
        },
        BATCH_NORM {
            @Override
            public ModelSetup newModel() {
                return Clusters.normalized(0);
            }
        },
        SHARED_WEIGHT {
            @Override
            public ModelSetup newModel() {
                return Clusters.shared();
            }
        }
    }

    private static SparkTraining.Builder training(int tasks, int rounds) {
        return SparkTraining.builder()
                .setModel(Clusters::sgd)
                .optSparsifier(Clusters::masks)
                .setData(Clusters.DATA)
                .setTasks(tasks)
                .setRounds(rounds)
                .optLocalSteps(STEPS)
                .optSeed(SEED);
    }

    /** Trains, and returns the content of the saved files. */
    private Map<String, String> train(SparkTraining.Builder builder) throws Exception {
        Path to = Files.createTempDirectory(folder, "result");
        try (TrainingResult result = builder.build().train(spark)) {
            result.save(to);
        }
        return PlainRun.files(to);
    }

    private Map<String, String> trainPlain(ModelFactory model, Sparsifier.Builder masks, int steps)
            throws Exception {
        Path plain = Files.createTempDirectory(folder, "plain");
        TrainingTask all = new TrainingTask(0, 0, steps, 0, 1, SEED);
        PlainRun.train(model, masks.build(), all, plain, true, plain);
        return PlainRun.files(plain);
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void oneTaskEqualsPlainTraining(Model model) throws Exception {
        assertThat(train(training(1, 2).setModel(model)))
                .isEqualTo(trainPlain(model, Clusters.masks(), 2 * STEPS));
    }

    @Test
    void oneTaskEqualsPlainTrainingAfterAWarmUp() throws Exception {
        assertThat(train(training(1, 3).optSparsifier(Clusters::warmUp)))
                .isEqualTo(trainPlain(Model.SGD, Clusters.warmUp(), 3 * STEPS));
    }

    @Test
    void oneTaskEqualsPlainTrainingWithATunedRuleAndADenseFinish() throws Exception {
        SparsifierFactory masks =
                () ->
                        Clusters.masks()
                                .optSchedule(MaskSchedule.every(10).warmUp(30).denseFrom(60))
                                .optRule(GradientRule.maskedDecay());
        assertThat(train(training(1, 7).optSparsifier(masks)))
                .isEqualTo(trainPlain(Model.SGD, masks.newBuilder(), 7 * STEPS));
    }

    @Test
    void oneDenseTaskEqualsPlainTraining() throws Exception {
        assertThat(train(training(1, 2).optSparsifier(null)))
                .isEqualTo(
                        trainPlain(
                                Model.SGD,
                                Clusters.masks().optSchedule(MaskSchedule.off()),
                                2 * STEPS));
    }

    @ParameterizedTest
    @EnumSource(value = Model.class, names = "SHARED_WEIGHT", mode = EnumSource.Mode.EXCLUDE)
    void fourTasksEqualRoundsInOneProcess(Model model) throws Exception {
        Path simulated = new LocalRounds(model, folder).train(2, STEPS, SEED);

        for (Exchange exchange : Exchange.values()) {
            // The saved state has the rules' names, but not the schedule.
            assertThat(train(training(4, 2).setModel(model).optExchange(exchange)))
                    .as(exchange.toString())
                    .isEqualTo(PlainRun.files(simulated));
        }
    }

    @Test
    void theSerializerMayBeKryo() throws Exception {
        Map<String, String> expected = train(training(8, 2).optLocalSteps(2));
        spark.close();
        spark =
                LocalCluster.start(
                        new SparkConf()
                                .setMaster("local[2,4]")
                                .set(
                                        "spark.serializer",
                                        "org.apache.spark.serializer.KryoSerializer"));
        assertThat(train(training(8, 2).optLocalSteps(2))).isEqualTo(expected);
    }

    @Test
    void learnsWithValidMasksAndReports() throws Exception {
        List<String> told = new ArrayList<>();
        SparkTraining.Builder builder =
                training(4, 6)
                        .optListener(
                                (report, trainer) ->
                                        told.add(
                                                report.round()
                                                        + " "
                                                        + trainer.getModel()
                                                                .getBlock()
                                                                .getParameters()
                                                                .size()));
        try (TrainingResult result = builder.build().train(spark)) {
            Sparsifier sparsifier = result.getSparsifier();
            assertThat(sparsifier.getMasks()).hasSize(2);
            assertThat(sparsifier.getMasks().values())
                    .allSatisfy(
                            mask -> assertThat(MaskChecker.check(mask).isTransposable()).isTrue())
                    .allSatisfy(mask -> assertThat(mask.getDensity()).isEqualTo(0.5));
            assertThat(told).hasSize(6).contains("0 4", "5 4");
            List<RoundReport> reports = result.getReports();
            assertThat(reports).hasSize(6);
            assertThat(reports.get(5).getLoss()).isLessThan(0.5 * reports.get(0).getLoss());
            RoundReport second = reports.get(1);
            assertThat(second.round()).isEqualTo(1);
            assertThat(second.step()).isEqualTo(20);
            assertThat(second.examples()).isEqualTo(4 * STEPS * Clusters.BATCH);
            assertThat(second.losses()).hasSize(4).doesNotHaveDuplicates();
            assertThat(second.seconds()).isGreaterThan(second.trainingSeconds());
            assertThat(second.refreshed())
                    .hasSize(2)
                    .allSatisfy(refresh -> assertThat(refresh.step()).isEqualTo(10))
                    .anySatisfy(refresh -> assertThat(refresh.flipRate()).isPositive());
            // Two weights of 24 x 16 and 4 x 24 and as many values of momentum, half of them kept,
            // two biases of 24 and 4, and one bit a weight.
            long kept = 4L * (384 + 96 + 2 * 28);
            long pruned = 4L * (384 + 96);
            long masks = (384 + 96 + 32) / 8;
            assertThat(second.sentBytes()).isEqualTo(4 * (kept + masks) + pruned);
            assertThat(second.returnedBytes()).isEqualTo(4 * kept + pruned);
            assertThat(second.denseBytes()).isEqualTo(4 * (2 * (kept + pruned) + masks));

            sparsifier.unwrap(result.getModel().getBlock());
            assertThat(sparsifier.getRule()).isSameAs(GradientRule.masked());
        }
    }

    @Test
    void masksOfARoundAreReadyBeforeTheStepThatNeedsThem() throws Exception {
        // The warm-up ends within the second round, whose masks are those of its start.
        SparsifierFactory masks =
                () -> Clusters.masks().optSchedule(MaskSchedule.every(10).warmUp(15));
        try (TrainingResult result = training(2, 2).optSparsifier(masks).build().train(spark)) {
            assertThat(result.getReports().get(0).refreshed()).isEmpty();
            assertThat(result.getReports().get(1).refreshed()).hasSize(2);
            assertThat(
                            result.getReports().get(1).sentBytes()
                                    + result.getReports().get(1).returnedBytes())
                    .as("dense steps exchange all entries")
                    .isEqualTo(result.getReports().get(1).denseBytes());
            assertThat(result.getSparsifier().getMasks()).hasSize(2);
        }
    }

    @Test
    void aTaskThatFailsOnceChangesNothing() throws Exception {
        Path marks = Files.createDirectory(folder.resolve("marks"));
        String path = marks.toString();
        DataFactory failing =
                (manager, task) -> {
                    Path mark = Path.of(path, task.round() + "-" + task.task());
                    if (task.task() % 2 == 1 && !Files.exists(mark)) {
                        Files.createFile(mark);
                        throw new IllegalStateException("on purpose");
                    }
                    return Clusters.DATA.newDataset(manager, task);
                };
        assertThat(train(training(2, 2).setModel(Clusters::normalized).setData(failing)))
                .isEqualTo(train(training(2, 2).setModel(Clusters::normalized)));
        assertThat(marks).isDirectoryContaining("glob:**/1-1");
    }

    @Test
    void aTaskThatAlwaysFailsEndsTheTraining() {
        DataFactory failing =
                (manager, task) -> {
                    throw new IllegalStateException("on purpose");
                };
        assertThatIllegalStateException()
                .isThrownBy(() -> training(1, 2).setData(failing).build().train(spark))
                .withMessageStartingWith("round 1 of 2: ")
                .withMessageEndingWith("java.lang.IllegalStateException: on purpose")
                .withCauseInstanceOf(SparkException.class);
        assertThat(spark.getLocalProperty("spark.job.description")).isNull();
    }

    @Test
    void aResumedTrainingEqualsAnUninterruptedOne() throws Exception {
        OuterOptimizer outer = OuterOptimizer.nesterov(0.7f, 0.9f);
        Path checkpoints = folder.resolve("checkpoints");
        SparkTraining.Builder stopped =
                training(2, 4)
                        .setModel(Clusters::normalized)
                        .optOuterOptimizer(outer)
                        .optCheckpoints(checkpoints, 2)
                        .optListener(
                                (report, trainer) -> {
                                    if (report.round() == 2) {
                                        throw new IllegalArgumentException("stop");
                                    }
                                });
        assertThatThrownBy(() -> stopped.build().train(spark)).hasMessage("stop");
        assertThat(checkpoints).isDirectoryContaining("glob:**/round-00002");
        // As a driver leaves behind that was killed while it wrote.
        Files.createDirectory(checkpoints.resolve("round-00003"));
        Files.createDirectory(checkpoints.resolve(".round-00003.tmp"));

        List<Integer> rounds = new ArrayList<>();
        Map<String, String> resumed =
                train(stopped.optListener((report, trainer) -> rounds.add(report.round())));

        assertThat(rounds).containsExactly(2, 3);
        assertThat(resumed)
                .isEqualTo(
                        train(
                                training(2, 4)
                                        .setModel(Clusters::normalized)
                                        .optOuterOptimizer(outer)));
        assertThat(checkpoints).isDirectoryContaining("glob:**/round-00004");
        assertThat(train(stopped)).as("nothing is left to do").isEqualTo(resumed);
    }

    @Test
    void aCheckpointOfAnotherModelIsRefused() throws Exception {
        train(training(1, 1).optCheckpoints(folder.toString(), 1));
        SparkTraining other =
                training(1, 2)
                        .setModel(Clusters::normalized)
                        .optCheckpoints(folder.toString(), 1)
                        .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.train(spark))
                .withMessageContaining("parameter \"");
    }

    @Test
    void dropoutIsTheSameInEachRun() throws Exception {
        SparkTraining.Builder builder = training(2, 2).setModel(Clusters::normalized);
        Map<String, String> once = train(builder);
        Engine.getInstance().setRandomSeed(99);
        assertThat(train(builder)).isEqualTo(once);
        assertThat(train(builder.optExchange(Exchange.ALL))).isEqualTo(once);
        assertThat(train(builder.optSeed(4))).isNotEqualTo(once);
    }

    @Test
    void theOuterOptimizerMovesTrainableWeightsOn() throws Exception {
        float rate = 0.7f;
        float momentum = 0.9f;
        Path checkpoints = folder.resolve("checkpoints");
        // The tasks' averages after each round from the same start: one round each.
        train(
                training(2, 2)
                        .setModel(Clusters::normalized)
                        .optOuterOptimizer(OuterOptimizer.nesterov(rate, momentum))
                        .optCheckpoints(checkpoints, 1));
        Path averages = folder.resolve("averages");
        train(training(2, 1).setModel(Clusters::normalized).optCheckpoints(averages, 1));
        Path start = Files.createDirectory(folder.resolve("start"));
        PlainRun.train(
                Clusters::normalized,
                Clusters.masks().build(),
                new TrainingTask(0, 0, 0, 0, 1, SEED),
                start,
                true,
                start);
        Map<TensorInfo, float[]> before = LocalRounds.read(start.resolve("model.safetensors"));
        Map<TensorInfo, float[]> average =
                LocalRounds.read(averages.resolve("round-00001/model.safetensors"));
        Map<TensorInfo, float[]> moved =
                LocalRounds.read(checkpoints.resolve("round-00001/model.safetensors"));
        Map<String, float[]> velocities = new LinkedHashMap<>();
        LocalRounds.read(checkpoints.resolve("round-00001/outer.safetensors"))
                .forEach((tensor, values) -> velocities.put(tensor.name(), values));
        assertThat(before).hasSize(8);
        before.forEach(
                (tensor, values) -> {
                    float[] mean = Objects.requireNonNull(average.get(tensor));
                    float[] expected = mean.clone();
                    if (tensor.name().contains("running")) {
                        assertThat(velocities).doesNotContainKey(tensor.name());
                    } else {
                        float[] velocity = Objects.requireNonNull(velocities.get(tensor.name()));
                        for (int i = 0; i < mean.length; i++) {
                            float difference = values[i] - mean[i];
                            // The velocity is the difference in the first round.
                            expected[i] = values[i] - rate * (difference + momentum * difference);
                            assertThat(velocity[i]).isEqualTo(difference);
                        }
                    }
                    assertThat(moved.get(tensor)).as(tensor.name()).isEqualTo(expected);
                });
    }

    @Test
    void notFiniteWeightsAreReportedAndNotRepeated() {
        DataFactory infinite =
                (manager, task) -> {
                    assertThat(TaskContext.get().attemptNumber()).isZero();
                    return task.round() == 1 && task.task() == 2
                            ? constant(manager, Float.POSITIVE_INFINITY, 4)
                            : Clusters.DATA.newDataset(manager, task);
                };
        assertThatThrownBy(() -> training(4, 2).setData(infinite).build().train(spark))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining(
                        "round 1, task 2: after step 20, \"01Linear_weight\" is not finite: NaN");
    }

    private static ArrayDataset constant(NDManager manager, float value, int examples) {
        return new ArrayDataset.Builder()
                .setData(manager.full(new Shape(examples, 16), value))
                .optLabels(manager.zeros(new Shape(examples, 1)))
                .setSampling(Clusters.BATCH, false)
                .build();
    }

    @Test
    void aTaskWithoutDataIsReported() {
        DataFactory empty =
                (manager, task) ->
                        task.task() == 1 ? new Nothing() : Clusters.DATA.newDataset(manager, task);
        assertThatIllegalStateException()
                .isThrownBy(() -> training(2, 1).setData(empty).build().train(spark))
                .withMessage("round 0, task 1: no batch: the data set is empty");
    }

    private static final class Nothing implements Dataset {

        @Override
        public Iterable<ai.djl.training.dataset.Batch> getData(NDManager manager) {
            return List.of();
        }

        @Override
        public void prepare(ai.djl.util.Progress progress) {}
    }

    @Test
    void aShortDataSetIsIteratedAgain() throws Exception {
        DataFactory single =
                (manager, task) -> {
                    assertThat(TaskContext.get().getLocalProperty("spark.job.description"))
                            .isEqualTo("round 1 of 1: train");
                    return Clusters.dataset(manager).subDataset(0, 8);
                };
        try (TrainingResult result = training(1, 1).setData(single).build().train(spark)) {
            assertThat(result.getReports().get(0).examples()).isEqualTo(STEPS * Clusters.BATCH);
        }
    }

    @Test
    void tooFewExamplesForTheTasksAreReported() {
        SparkTraining many =
                training(3, 1).setData(DataFactory.sharing(Clusters::dataset, 70)).build();
        assertThatIllegalStateException()
                .isThrownBy(() -> many.train(spark))
                .withMessage(
                        "round 0, task 0: 200 examples: must be at least 210, a batch of 70 for"
                                + " each of 3 tasks");
    }

    @Test
    void statesThatDifferBetweenTasksAreReported() {
        // One of the tasks trains a model whose first layer is frozen.
        ModelFactory freezing =
                () -> {
                    ModelSetup setup = Clusters.sgd();
                    if (TaskContext.get() != null && TaskContext.getPartitionId() == 1) {
                        setup.block().getChildren().values().get(0).freezeParameters(true);
                    }
                    return setup;
                };
        SparkTraining training = training(2, 1).setModel(freezing).optSparsifier(null).build();
        assertThatIllegalStateException()
                .isThrownBy(() -> training.train(spark))
                .withMessageStartingWith("round 0, task 1: its state");
    }

    @Test
    void parametersOfOtherTypesAreRefused() {
        ModelFactory doubles =
                () -> {
                    SequentialBlock block =
                            new SequentialBlock().add(Linear.builder().setUnits(4).build());
                    block.initialize(
                            NDManager.newBaseManager(), DataType.FLOAT64, new Shape(1, 16));
                    return Clusters.setup(block, Clusters.momentum());
                };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(1, 1).setModel(doubles).build().train(spark))
                .withMessage(
                        "parameter \"01Linear_weight\" is of type float64: must be float32, the"
                                + " only type that is averaged");
    }

    @Test
    void aFactoryThatCannotBeSerializedIsRefusedAtOnce() {
        Object lock = new Object();
        DataFactory data =
                (manager, task) -> {
                    synchronized (lock) {
                        return Clusters.DATA.newDataset(manager, task);
                    }
                };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(1, 1).setData(data).build())
                .withMessageStartingWith(
                        "data factory org.djlsparse.spark.SparkTrainingTest$$Lambda")
                .withMessageEndingWith(
                        ": must be serializable, but refers to an object of java.lang.Object;"
                                + " create such objects inside the factory");
    }

    @Test
    void settingsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkTraining.builder().build())
                .withMessage("model: must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(0, 1).build())
                .withMessage("tasks 0: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(1, 1).optLocalSteps(0).build())
                .withMessage("local steps 0: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(1, 1).optThreads(0))
                .withMessage("0 threads: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DataFactory.sharing(Clusters::dataset, 0))
                .withMessage("batch size 0: must be at least 1");
    }
}
