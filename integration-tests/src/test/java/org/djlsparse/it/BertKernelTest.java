package org.djlsparse.it;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.Sparsifier;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A long run of a transformer with the packed kernel, compared with the same run on masked weights:
 * losses are equal at each step, and memory does not grow.
 */
@Tag("slow")
class BertKernelTest {

    private static final int STEPS = 1000;
    private static final int SETTLED = 200;
    private static final int TOKENS = 50;

    /**
     * The packed weights of a step take 13 MB; if they were kept, those of 800 steps would take 10
     * GB.
     */
    private static final long MOST_GROWTH = 200L << 20;

    private static final Shape INPUT = new Shape(2, 128);

    @Test
    void learnsAsOnMaskedWeights() throws Exception {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
        assumeTrue(
                ResidentMemory.isKnown(), "resident memory is read from " + ResidentMemory.STATUS);
        try (Run masked = new Run(builder().build());
                Run packed = new Run(builder().optKernel(LinearKernel.packed()).build())) {
            masked.parameters()
                    .forEach((name, array) -> array.copyTo(packed.parameters().get(name)));
            Random random = new Random(1);
            int arrays = 0;
            long memory = 0;
            double first = 0;
            double last = 0;
            double widest = 0;
            for (int step = 0; step < STEPS; step++) {
                long[] tokens = random.longs(INPUT.size(), 0, TOKENS).toArray();
                last = masked.step(step, tokens);
                double other = packed.step(step, tokens);
                widest = Math.max(widest, Math.abs(other - last));
                if (step == 0) {
                    first = last;
                }
                if (step % 100 == 0) {
                    System.gc(); // with so large a heap, the JVM would not; buffers wait for it
                }
                if (step == SETTLED) {
                    arrays = packed.arrays();
                    memory = ResidentMemory.bytes();
                }
            }
            long growth = ResidentMemory.bytes() - memory;
            System.out.printf(
                    Locale.ROOT,
                    "BERT nano, %d steps: loss %.4f to %.4f, packed kernel within %.1e, memory"
                            + " grown by %.1f MB after step %d%n",
                    STEPS,
                    first,
                    last,
                    widest,
                    growth / (double) (1 << 20),
                    SETTLED);
            assertThat(last).isLessThan(first / 2);
            assertThat(widest).isLessThan(1e-4);
            assertThat(packed.arrays()).isEqualTo(arrays);
            assertThat(growth).isLessThan(MOST_GROWTH);
            assertThat(packed.sparsifier.report().kernels())
                    .hasSize(25)
                    .allSatisfy((name, kernel) -> assertThat(kernel).isEqualTo("packed"));
            assertThat(packed.sparsifier.report().refreshes()).isGreaterThan(20);
        }
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSchedule(MaskSchedule.every(40))
                .optRule(GradientRule.straightThrough());
    }

    /** A model in training. */
    private static final class Run implements AutoCloseable {

        private final Sparsifier sparsifier;
        private final Model model = Model.newInstance("bert");
        private final Trainer trainer;

        Run(Sparsifier sparsifier) {
            this.sparsifier = sparsifier;
            BertBlock bert = BertBlock.builder().nano().setTokenDictionarySize(TOKENS).build();
            model.setBlock(sparsifier.wrap(bert));
            Optimizer optimizer =
                    Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build();
            trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(Loss.l2Loss())
                                    .optOptimizer(optimizer)
                                    .optDevices(new Device[] {Device.cpu()})
                                    .addTrainingListeners(sparsifier.newListener()));
            Engine.getInstance().setRandomSeed(1);
            trainer.initialize(INPUT, INPUT, INPUT);
        }

        Map<String, NDArray> parameters() {
            Map<String, NDArray> arrays = new TreeMap<>();
            model.getBlock()
                    .getParameters()
                    .forEach(p -> arrays.put(p.getKey(), p.getValue().getArray()));
            return arrays;
        }

        int arrays() {
            return model.getNDManager().getManagedArrays().size();
        }

        /** Runs a step and returns its loss. */
        float step(int step, long... tokens) {
            float loss = gradients(step, tokens);
            trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, null));
            trainer.step();
            return loss;
        }

        /**
         * Computes gradients. DJL's blocks lose scalars to a garbage collection within a step; the
         * step is then repeated.
         */
        private float gradients(int step, long... tokens) {
            for (int attempt = 0; attempt < 10; attempt++) {
                long collections = collections();
                float loss = attempt(step, tokens);
                if (collections() == collections) {
                    return loss;
                }
                for (Parameter parameter : model.getBlock().getParameters().values()) {
                    if (parameter.getArray().hasGradient()) {
                        try (NDArray gradient = parameter.getArray().getGradient()) {
                            // A difference would not do: the array may contain NaN.
                            gradient.set(new NDIndex("..."), gradient.zerosLike());
                        }
                    }
                }
            }
            throw new AssertionError("garbage collections in each attempt");
        }

        private float attempt(int step, long... tokens) {
            Engine.getInstance().setRandomSeed(step); // for dropout
            try (NDManager batch = trainer.getManager().newSubManager()) {
                NDArray ids = batch.create(tokens, INPUT);
                NDList inputs =
                        new NDList(
                                ids,
                                batch.zeros(INPUT, DataType.INT64),
                                batch.ones(INPUT, DataType.INT64));
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDArray y = trainer.forward(inputs).get(0);
                    NDArray loss = y.sub(target(batch, ids, y)).square().mean();
                    collector.backward(loss);
                    return loss.getFloat();
                }
            }
        }

        /** Returns a code for each token. */
        private static NDArray target(NDManager batch, NDArray ids, NDArray y) {
            NDArray waves = batch.arange((float) y.getShape().get(2)).add(1).mul(0.05f);
            return ids.toType(DataType.FLOAT32, true).expandDims(2).mul(waves).sin();
        }

        @Override
        public void close() {
            trainer.close();
            model.close();
        }
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }
}
