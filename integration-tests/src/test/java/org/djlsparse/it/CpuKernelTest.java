package org.djlsparse.it;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.SparseRun;
import org.djlsparse.cli.run.Start;
import org.djlsparse.cli.run.Validations;
import org.djlsparse.cli.task.AdjustedTask;
import org.djlsparse.cli.task.DataPart;
import org.djlsparse.cli.task.ModelSize;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.cli.task.TaskSettings;
import org.djlsparse.cli.task.TrainingSettings;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of kernel cpu-sparse in whole models: threads, interruptions, closed models, long runs. */
class CpuKernelTest {

    private static final int INPUTS = 64;

    @TempDir Path folder;

    @BeforeEach
    void check() {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
        String reason = LinearKernel.cpuSparse().rejection(Device.cpu(), DataType.FLOAT32, 8, 8);
        assumeTrue(reason == null, reason);
    }

    @Test
    void severalThreadsPredictAsOneDoes() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try (Model model = newModel(sparsifier());
                NDManager manager = NDManager.newBaseManager()) {
            List<Callable<float[]>> tasks = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                NDArray x = input(manager, 1 + i % 40);
                tasks.add(() -> predict(model, x));
            }
            List<float[]> expected = new ArrayList<>();
            for (Callable<float[]> task : tasks) {
                expected.add(task.call());
            }
            List<Future<float[]>> found = pool.invokeAll(tasks);
            for (int i = 0; i < tasks.size(); i++) {
                assertThat(found.get(i).get()).as("input %d", i).isEqualTo(expected.get(i));
            }
        } finally {
            pool.shutdown();
        }
    }

    private static float[] predict(Model model, NDArray x) throws Exception {
        try (Predictor<NDArray, float[]> predictor = model.newPredictor(new Copying())) {
            return predictor.predict(x);
        }
    }

    /** A translator whose arrays are closed with the predictor, and thus with the model. */
    private static final class Copying implements NoBatchifyTranslator<NDArray, float[]> {

        @Override
        public NDList processInput(TranslatorContext context, NDArray x) {
            NDArray copy = x.duplicate();
            copy.attach(context.getNDManager());
            return new NDList(copy);
        }

        @Override
        public float[] processOutput(TranslatorContext context, NDList list) {
            return list.singletonOrThrow().toFloatArray();
        }
    }

    /**
     * An interrupt within products changes nothing, and neither does continuing later in another
     * thread.
     */
    @Test
    void aTrainingThatIsInterruptedGoesOn() throws Exception {
        List<float[]> expected;
        try (Training whole = new Training(() -> {})) {
            for (int step = 0; step < 20; step++) {
                whole.step(step);
            }
            expected = whole.weights();
        }
        List<float[]> actual;
        try (Training parts = new Training(() -> Thread.currentThread().interrupt())) {
            for (int step = 0; step < 20; step++) {
                int now = step;
                boolean[] interrupted = new boolean[1];
                Thread thread =
                        new Thread(
                                () -> {
                                    parts.step(now);
                                    interrupted[0] = Thread.interrupted();
                                });
                thread.start();
                thread.join();
                assertThat(interrupted[0]).as("step %d", step).isTrue();
            }
            actual = parts.weights();
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
    }

    /** Runs in a separate JVM, because freed memory would crash it. */
    @Test
    void aModelMayBeClosedWhileAnotherThreadPredicts() throws Exception {
        Path out = folder.resolve("out.txt");
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "-Xmx1g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ClosedModel.class.getName());
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile()) // for the files of a JVM that crashes
                        .redirectOutput(out.toFile())
                        .redirectErrorStream(true)
                        .start();
        int code = process.waitFor();

        assertThat(code).as("%s", Files.readString(out)).isZero();
        assertThat(Files.readAllLines(out)).contains(ClosedModel.DONE);
    }

    /** A program that closes models in the middle of products. */
    static final class ClosedModel {

        static final String DONE = "all results right";
        private static final int ROUNDS = 30;

        private ClosedModel() {}

        /** Exits with an error if a prediction is wrong. */
        public static void main(String[] arguments) throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                Model model = newModel(sparsifier());
                NDManager manager = NDManager.newBaseManager();
                NDArray x = input(manager, 4000);
                float[] expected = predict(model, x);
                boolean[] wrong = new boolean[1];
                Thread thread =
                        new Thread(
                                () -> {
                                    while (!wrong[0] && isRight(model, x, expected, wrong)) {
                                        Thread.onSpinWait();
                                    }
                                });
                thread.start();
                Thread.sleep(3 + round % 17);
                model.close();
                thread.join();
                manager.close();
                if (wrong[0]) {
                    throw new IllegalStateException("wrong result in round " + round);
                }
            }
            System.out.println(DONE);
            System.exit(0); // even if the engine has running threads
        }

        /** Returns whether there was a result. */
        private static boolean isRight(Model model, NDArray x, float[] expected, boolean[] wrong) {
            try {
                wrong[0] = !Arrays.equals(predict(model, x), expected);
                return true;
            } catch (Exception e) {
                return false; // the model is closed
            }
        }
    }

    /** With SGD, since Adam turns the rounding of a vanishing gradient into a whole step. */
    @Test
    void aTransformerLearnsAsOnMaskedWeights() throws Exception {
        ModelSize size = new ModelSize(0.5, null, null);
        TrainingSettings sgd =
                new TrainingSettings(
                        OptimizerName.SGD, RateSchedule.WARMUP_COSINE, 0.1f, 0.02f, 0.01f);
        List<Double> expected = losses(40, size, sgd, false);
        List<Double> actual = losses(40, size, sgd, true);

        double widest = 0;
        for (int step = 0; step < expected.size(); step++) {
            widest = Math.max(widest, Math.abs(actual.get(step) - expected.get(step)));
        }
        print(expected, widest);
        assertThat(widest).isLessThan(1e-3);
        assertThat(meanOfLast(expected)).isLessThan(expected.get(0) * 0.9);
    }

    /**
     * The difference grows with the steps, as it does between two runs on masked weights: PyTorch's
     * threads add up an embedding's gradients in any order, and Adam gives small gradients as much
     * weight as large ones.
     */
    @Test
    @Tag("slow")
    void aTransformerLearnsAsOnMaskedWeightsInALongRun() throws Exception {
        List<Double> expected = losses(1000, ModelSize.DEFAULT, null, false);
        List<Double> actual = losses(1000, ModelSize.DEFAULT, null, true);

        double difference = Math.abs(meanOfLast(actual) - meanOfLast(expected));
        print(expected, difference);
        assertThat(difference).isLessThan(0.03);
        assertThat(meanOfLast(expected)).isLessThan(expected.get(0) * 0.9);
    }

    private static void print(List<Double> losses, double difference) {
        System.out.printf(
                Locale.ROOT,
                "names, %d steps: loss %.3f to %.3f; with cpu-sparse within %.1e%n",
                losses.size(),
                losses.get(0),
                meanOfLast(losses),
                difference);
    }

    private static double meanOfLast(List<Double> losses) {
        return losses.subList(losses.size() - 20, losses.size()).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
    }

    /**
     * Returns the losses of a run.
     *
     * @param steps their number
     * @param size the model's size
     * @param training the optimizer; null for the task's
     * @param inKernel whether products run in kernel cpu-sparse
     */
    private static List<Double> losses(
            int steps, ModelSize size, @Nullable TrainingSettings training, boolean inKernel)
            throws Exception {
        Sparsifier.Builder builder =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(40))
                        .optRule(GradientRule.masked());
        if (inKernel) {
            builder.optKernel(LinearKernel.cpuSparse());
        }
        TaskSettings settings = new TaskSettings(TaskName.NAMES, null, size, null, DataPart.TEST);
        try (Task names = settings.open(1)) {
            Task task = training == null ? names : new AdjustedTask(names, null, training);
            SparseRun run =
                    new ModelTrainer(task, 1, steps, Validations.LAST, null)
                            .trainSparse(
                                    "names", Start.RANDOM, builder.build(), null, ModelSaver.NONE);
            if (inKernel) {
                assertThat(run.report().kernels().values()).contains("cpu-sparse");
            }
            return run.result().losses();
        }
    }

    @Test
    void memoryStaysFlat() throws Exception {
        assumeTrue(
                ResidentMemory.isKnown(), "resident memory is read from " + ResidentMemory.STATUS);
        try (Training training = new Training(() -> {})) {
            int arrays = 0;
            long memory = 0;
            for (int step = 0; step < 400; step++) {
                training.step(step);
                if (step == 200) {
                    arrays = training.arrays();
                    memory = ResidentMemory.bytes();
                }
            }
            assertThat(training.arrays()).isEqualTo(arrays);
            // The gradients of 200 steps would take 140 MB.
            assertThat(ResidentMemory.bytes() - memory).isLessThan(100L << 20);
        }
    }

    /** A model in training. */
    private static final class Training implements AutoCloseable {

        private final Sparsifier sparsifier = sparsifier();
        private final Model model;
        private final Trainer trainer;

        /**
         * Starts training.
         *
         * @param within the action in the middle of each forward pass
         */
        Training(Runnable within) {
            Engine.getInstance().setRandomSeed(1);
            model = Model.newInstance("training");
            SequentialBlock block = network();
            block.addSingleton(
                    x -> {
                        within.run();
                        return x;
                    });
            block.add(Linear.builder().setUnits(INPUTS).build());
            model.setBlock(sparsifier.wrap(block));
            trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(Loss.l2Loss())
                                    .optOptimizer(Optimizer.adam().build())
                                    .addTrainingListeners(sparsifier.newListener()));
            trainer.initialize(new Shape(1, INPUTS));
            Thread.interrupted();
        }

        void step(int step) {
            try (NDManager batch = trainer.getManager().newSubManager();
                    GradientCollector collector = trainer.newGradientCollector()) {
                NDArray x = input(batch, 50 + step % 3);
                NDArray y = trainer.forward(new NDList(x)).singletonOrThrow();
                collector.backward(y.sub(x).square().mean());
            }
            trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, null));
            trainer.step();
        }

        List<float[]> weights() {
            List<float[]> weights = new ArrayList<>();
            model.getBlock()
                    .getParameters()
                    .forEach(p -> weights.add(p.getValue().getArray().toFloatArray()));
            return weights;
        }

        int arrays() {
            return model.getNDManager().getManagedArrays().size();
        }

        @Override
        public void close() {
            trainer.close();
            model.close();
        }
    }

    private static Sparsifier sparsifier() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSchedule(MaskSchedule.every(7))
                .optKernel(LinearKernel.cpuSparse())
                .build();
    }

    private static Model newModel(Sparsifier sparsifier) {
        Engine.getInstance().setRandomSeed(1);
        Model model = Model.newInstance("model");
        Block block = network();
        block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, INPUTS));
        model.setBlock(sparsifier.wrap(block));
        return model;
    }

    private static SequentialBlock network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(512).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(256).build());
    }

    private static NDArray input(NDManager manager, int rows) {
        return manager.arange((float) rows * INPUTS).reshape(rows, INPUTS).sin();
    }
}
