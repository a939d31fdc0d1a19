package org.djlsparse.training;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class DistillationTest {

    private static final int EXAMPLES = 32;
    private static final int INPUTS = 8;
    private static final int CLASSES = 4;

    private final NDManager manager = NDManager.newBaseManager();
    private final Random random = new Random(1);
    private Block teacher;
    private ArrayDataset data;

    @BeforeEach
    void prepare() {
        Engine.getInstance().setRandomSeed(1);
        teacher =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(CLASSES).build())
                        .add(Dropout.builder().optRate(0.5f).build());
        teacher.initialize(manager, DataType.FLOAT32, new Shape(1, INPUTS));
        float[] labels = new float[EXAMPLES];
        for (int i = 0; i < EXAMPLES; i++) {
            labels[i] = random.nextInt(CLASSES);
        }
        data =
                new ArrayDataset.Builder()
                        .setData(manager.create(values(EXAMPLES * INPUTS), new Shape(EXAMPLES, 8)))
                        .optLabels(manager.create(labels))
                        .setSampling(8, false)
                        .build();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void theLossIsTheFormula() {
        float[] student = values(3 * CLASSES);
        float[] target = values(3 * CLASSES);
        float[] labels = {2, 0, 3};
        Shape shape = new Shape(3, CLASSES);
        NDArray logits = manager.create(student, shape);
        logits.setRequiresGradient(true);
        Loss loss =
                distillation()
                        .optWeight(0.3f)
                        .optTemperature(4)
                        .build()
                        .newLoss(Loss.softmaxCrossEntropyLoss());
        float value;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray result =
                    loss.evaluate(
                            new NDList(manager.create(labels), manager.create(target, shape)),
                            new NDList(logits));
            value = result.getFloat();
            collector.backward(result);
        }

        double expected = 0;
        double[] gradient = new double[student.length];
        for (int row = 0; row < 3; row++) {
            double[] hard = softmax(student, row, 1);
            double[] soft = softmax(student, row, 4);
            double[] teachers = softmax(target, row, 4);
            expected -= 0.7 * Math.log(hard[(int) labels[row]]);
            for (int c = 0; c < CLASSES; c++) {
                expected -= 0.3 * 16 * teachers[c] * Math.log(soft[c]);
                gradient[row * CLASSES + c] =
                        (0.7 * (hard[c] - (c == labels[row] ? 1 : 0))
                                        + 0.3 * 4 * (soft[c] - teachers[c]))
                                / 3;
            }
        }
        assertThat((double) value).isCloseTo(expected / 3, within(1e-5));
        float[] actual = logits.getGradient().toFloatArray();
        for (int i = 0; i < gradient.length; i++) {
            assertThat((double) actual[i]).isCloseTo(gradient[i], within(1e-6));
        }
    }

    @Test
    void squaredErrorNeedsNoLabels() {
        Loss loss = distillation().optMatch(DistillationMatch.SQUARED_ERROR).build().newLoss();
        NDArray teachers = manager.create(new float[] {1, 2, 3, 4});
        NDArray students = manager.create(new float[] {1, 0, 3, 8});

        assertThat(loss.evaluate(new NDList(teachers), new NDList(students)).getFloat())
                .isEqualTo(5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.evaluate(new NDList(), new NDList(students)))
                .withMessageContaining("must include the teacher's outputs");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> loss.evaluate(new NDList(teachers.get("0:2")), new NDList(students)))
                .withMessage(
                        "teacher's output (2): must have the shape of the model's output, (4)");
    }

    @Test
    void validationHasTheLossOnTheLabels() {
        Loss plain = Loss.softmaxCrossEntropyLoss();
        NDList labels = new NDList(manager.create(new float[] {1}));
        NDList logits = new NDList(manager.create(values(CLASSES), new Shape(1, CLASSES)));

        assertThat(distillation().build().newLoss(plain).evaluate(labels, logits).getFloat())
                .isEqualTo(plain.evaluate(labels, logits).getFloat());
    }

    @Test
    void batchesHaveThePredictionsOfTheTeacher() throws Exception {
        Dataset taught = distillation().build().dataset(data);
        int batches = 0;
        for (Batch batch : taught.getData(manager)) {
            try (batch) {
                NDArray expected =
                        teacher.forward(new ParameterStore(manager, false), batch.getData(), false)
                                .singletonOrThrow();
                assertThat(batch.getLabels()).hasSize(2);
                assertThat(batch.getLabels().get(1).toFloatArray())
                        .isEqualTo(expected.toFloatArray());
                assertThat(batch.getLabels().get(1).hasGradient()).isFalse();
                assertThat(batch.getData().head().getManager()).isSameAs(batch.getManager());
                batches++;
            }
        }
        assertThat(batches).isEqualTo(EXAMPLES / 8);
    }

    @Test
    void aMaskedModelComesCloserToItsTeacher() throws Exception {
        Distillation distillation = distillation().optWeight(1).build();
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        try (Model model = Model.newInstance("student")) {
            model.setBlock(
                    sparsifier.wrap(
                            new SequentialBlock()
                                    .add(Linear.builder().setUnits(16).build())
                                    .add(Linear.builder().setUnits(CLASSES).build())));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(distillation.newLoss(Loss.softmaxCrossEntropyLoss()))
                            .addEvaluator(new Accuracy())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.02f))
                                            .build())
                            .addTrainingListeners(
                                    new EvaluatorTrainingListener(), sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(8, INPUTS));
                double before = distance(trainer);
                EasyTrain.fit(trainer, 30, distillation.dataset(data), data);

                assertThat(distance(trainer)).isLessThan(before / 4);
            }
        }
    }

    /** The mean squared difference of the probabilities of model and teacher. */
    private double distance(Trainer trainer) throws Exception {
        double sum = 0;
        for (Batch batch : data.getData(trainer.getManager())) {
            try (batch) {
                NDArray own = trainer.evaluate(batch.getData()).singletonOrThrow().softmax(-1);
                NDArray its =
                        teacher.forward(
                                        new ParameterStore(batch.getManager(), false),
                                        batch.getData(),
                                        false)
                                .singletonOrThrow()
                                .softmax(-1);
                sum += own.sub(its).square().mean().getFloat();
            }
        }
        return sum;
    }

    @Test
    void refusesWhatIsOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.builder().build())
                .withMessage("teacher: must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                Distillation.builder()
                                        .setTeacher(Linear.builder().setUnits(2).build())
                                        .build())
                .withMessageStartingWith("teacher Linear: must be initialized");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> distillation().optWeight(0).build())
                .withMessage("weight 0.0: must be above 0 and at most 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> distillation().optTemperature(Float.NaN).build())
                .withMessage("temperature NaN: must be a number above 0");
    }

    private Distillation.Builder distillation() {
        return Distillation.builder().setTeacher(teacher);
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] softmax(float[] logits, int row, double temperature) {
        double[] result = new double[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            result[c] = Math.exp(logits[row * CLASSES + c] / temperature);
        }
        double sum = Arrays.stream(result).sum();
        return Arrays.stream(result).map(value -> value / sum).toArray();
    }
}
