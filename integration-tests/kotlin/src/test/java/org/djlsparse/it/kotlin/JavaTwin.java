package org.djlsparse.it.kotlin;

import ai.djl.Model;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;

import org.djlsparse.Sparsifier;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.convert.ReconstructionMethod;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;

/** What {@code KotlinTwin} does, written in Java. */
final class JavaTwin {

    private JavaTwin() {}

    static Sparsifier sparsifier() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSolver(MaskSolver.greedy())
                .optLayers(LayerSelector.builder().addExclude("04.*").optMinSize(100).build())
                .optPolicy(
                        LayerPolicy.builder()
                                .add(
                                        LayerSelector.matching("03.*"),
                                        NmPattern.of(4, 8),
                                        MaskSolver.exact(),
                                        GradientRule.of(
                                                "half decay",
                                                GradientFlow.STRAIGHT_THROUGH,
                                                g -> g.addDecay(0.5f)))
                                .build())
                .optSchedule(MaskSchedule.every(2).warmUp(3).keepFrom(20))
                .optRule(GradientRule.srSte(0.01f))
                .optBackground(BackgroundRefresh.after(1))
                .optHistory(5)
                .build();
    }

    static Sparsifier kernelSparsifier() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optKernel(LinearKernel.packed())
                .build();
    }

    /** Trains for three epochs of eight steps. */
    static void train(Model model, Sparsifier sparsifier) throws Exception {
        model.setBlock(sparsifier.wrap(model.getBlock()));
        DefaultTrainingConfig config = TwinModel.config();
        config.addTrainingListeners(sparsifier.newListener());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(TwinModel.INPUT);
            EasyTrain.fit(trainer, 3, TwinModel.data(trainer.getManager()), null);
        }
    }

    static AdaPruneReport convert(Model model, Dataset samples) throws Exception {
        return AdaPrune.builder()
                .setPattern(NmPattern.of(2, 4))
                .optPolicy(
                        LayerPolicy.builder()
                                .add(LayerSelector.matching("03.*"), NmPattern.of(4, 8))
                                .addDense(LayerSelector.named("04Linear_weight"))
                                .build())
                .optScore(MaskScore.OBS)
                .optMethod(ReconstructionMethod.closedForm(0.01))
                .optSamples(24)
                .optValidation(samples, new SquaredError())
                .build()
                .convert(model, samples);
    }
}
