package org.djlsparse.it;

import ai.djl.Model;
import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Locale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A long run, which tests that neither the number of arrays nor the memory of the process grows.
 */
@Tag("slow")
class TenThousandStepsTest {

    private static final int STEPS_AN_EPOCH = 20;
    private static final int BATCH = 16;

    /** A mask takes 800 kB; if one were kept at each of 250 refreshes, they would take 200 MB. */
    private static final long MOST_GROWTH = 40L << 20;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void memoryStaysFlat(boolean background) throws Exception {
        assumeTrue(
                ResidentMemory.isKnown(), "resident memory is read from " + ResidentMemory.STATUS);
        Sparsifier.Builder builder =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(40))
                        .optRule(GradientRule.srSte(2e-4f));
        if (background) {
            builder.optBackground(BackgroundRefresh.within(20));
        }
        Sparsifier sparsifier = builder.build();
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("long")) {
            model.setBlock(sparsifier.wrap(new Mlp(784, 10, new int[] {256, 128})));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.adam().build())
                            .addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config);
                    NDManager manager = NDManager.newBaseManager()) {
                trainer.initialize(new Shape(1, 784));
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(
                                        manager.randomNormal(
                                                new Shape(STEPS_AN_EPOCH * BATCH, 784)))
                                .optLabels(manager.arange((float) STEPS_AN_EPOCH * BATCH).mod(10))
                                .setSampling(BATCH, false)
                                .build();
                EasyTrain.fit(trainer, 2000 / STEPS_AN_EPOCH, data, null);
                int arrays = arrays(model);
                long before = ResidentMemory.bytes();
                EasyTrain.fit(trainer, 8000 / STEPS_AN_EPOCH, data, null);
                long growth = ResidentMemory.bytes() - before;
                System.out.printf(
                        Locale.ROOT,
                        "steps 2,000 to 10,000: %d arrays, resident memory %d MB, grown by %.1f"
                                + " MB%n",
                        arrays,
                        before >> 20,
                        growth / (double) (1 << 20));
                assertThat(arrays(model)).isEqualTo(arrays);
                assertThat(growth).isLessThan(MOST_GROWTH);
            }
        }
        assertThat(sparsifier.report().step()).isEqualTo(10_000);
        assertThat(sparsifier.report().refreshes()).isBetween(249L, 250L);
    }

    private static int arrays(Model model) {
        return model.getNDManager().getManagedArrays().size();
    }
}
