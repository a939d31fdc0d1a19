package org.djlsparse.benchmark;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.Sparsifier;
import org.djlsparse.examples.task.Task;
import org.djlsparse.examples.task.TaskName;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A training step of the {@code names} transformer: plain DJL, and wrapped with transposable 2:4
 * masks.
 *
 * <p>One call runs 40 steps, so that the wrapped one holds exactly one refresh.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 2)
@Measurement(iterations = 10)
public class TrainingStepBenchmark {

    private static final int STEPS = 40;

    /**
     * Trains the plain model.
     *
     * @param training the plain model
     */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public void plain(Plain training) {
        training.run();
    }

    /**
     * Trains the wrapped model by the straight-through rule.
     *
     * @param training the wrapped model
     */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public void wrapped(Wrapped training) {
        training.run();
    }

    /**
     * Trains the wrapped model by the masked rule.
     *
     * @param training the wrapped model
     */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public void wrappedMaskedRule(WrappedMaskedRule training) {
        training.run();
    }

    /** The model as it is. */
    public static class Plain extends Training {}

    /** The model wrapped, by the straight-through rule. */
    public static class Wrapped extends Training {
        @Override
        Sparsifier newSparsifier() {
            return sparsifier(GradientRule.straightThrough());
        }
    }

    /** The model wrapped, by the masked rule. */
    public static class WrappedMaskedRule extends Training {
        @Override
        Sparsifier newSparsifier() {
            return sparsifier(GradientRule.masked());
        }
    }

    /** A model in training. */
    @State(Scope.Benchmark)
    public abstract static class Training {

        private @Nullable Task task;
        private @Nullable Model model;
        private @Nullable Trainer trainer;

        @Nullable Sparsifier newSparsifier() {
            return null;
        }

        static Sparsifier sparsifier(GradientRule rule) {
            return Sparsifier.builder()
                    .setPattern(NmPattern.of(2, 4))
                    .optSchedule(MaskSchedule.every(STEPS))
                    .optRule(rule)
                    .build();
        }

        /** Builds the model. */
        @Setup(Level.Trial)
        public void setUp() {
            Task names = TaskName.NAMES.open(null, null, 1);
            Engine.getInstance().setRandomSeed(1);
            Model newModel = Model.newInstance("names");
            Block block = names.newBlock();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(
                                    Loss.softmaxCrossEntropyLoss("loss", 1, -1, true, true))
                            .optOptimizer(Optimizer.adam().build());
            Sparsifier sparsifier = newSparsifier();
            if (sparsifier != null) {
                block = sparsifier.wrap(block);
                config.addTrainingListeners(sparsifier.newListener());
            }
            newModel.setBlock(block);
            Trainer newTrainer = newModel.newTrainer(config);
            newTrainer.initialize(names.getInputShape());
            task = names;
            model = newModel;
            trainer = newTrainer;
        }

        void run() {
            Trainer trainer = Objects.requireNonNull(this.trainer);
            try {
                Iterator<Batch> batches =
                        trainer.iterateDataset(Objects.requireNonNull(task).getTrainingSet())
                                .iterator();
                for (int i = 0; i < STEPS; i++) {
                    try (Batch batch = batches.next()) {
                        EasyTrain.trainBatch(trainer, batch);
                        trainer.step();
                    }
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        /** Frees the model. */
        @TearDown(Level.Trial)
        public void tearDown() {
            Objects.requireNonNull(trainer).close();
            Objects.requireNonNull(model).close();
            Objects.requireNonNull(task).close();
        }
    }
}
