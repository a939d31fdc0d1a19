package org.djlsparse.it.docs;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;

import org.djlsparse.Sparsifier;
import org.djlsparse.SparsityReport;
import org.djlsparse.cli.model.CausalTransformer;
import org.djlsparse.cli.model.TransformerSize;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DocsComingFromTest {

    @Test
    void torchao() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(1).denseFrom(20_000))
                        .optRule(GradientRule.straightThrough())
                        .build();

        SparsityReport report = train(sparsifier);
        assertThat(report.refreshes()).isEqualTo(9);
        assertThat(report.isTransposable()).isTrue();
    }

    @Test
    void asp() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSolver(MaskSolver.rowWise())
                        .optSchedule(MaskSchedule.once())
                        .build();

        SparsityReport report = train(sparsifier);
        assertThat(report.refreshes()).isEqualTo(1);
        assertThat(report.isValidAlongRows()).isTrue();
        assertThat(report.isTransposable()).isFalse();
    }

    @Test
    void srSte() throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSolver(MaskSolver.rowWise())
                        .optSchedule(MaskSchedule.every(1))
                        .optRule(GradientRule.srSte(2e-4f))
                        .build();

        SparsityReport report = train(sparsifier);
        assertThat(report.refreshes()).isEqualTo(9);
        assertThat(report.isValidAlongRows()).isTrue();
    }

    @Test
    void twoByFour() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optLayers(LayerSelector.matching(".*outputBlock.*"))
                        .optSchedule(MaskSchedule.every(40).denseFrom(250_000))
                        .optRule(GradientRule.maskedDecay(6e-5f))
                        .build();

        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = new CausalTransformer(16, new TransformerSize(8, 16, 2, 32, 1));
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
            sparsifier.wrap(block);
            assertThat(sparsifier.getMasks())
                    .containsOnlyKeys(
                            "02layer0_03outputBlock_01Linear_weight",
                            "02layer0_03outputBlock_03Linear_weight");
        }
    }

    /** Trains one epoch of eight steps; masks are also made once before it. */
    private static SparsityReport train(Sparsifier sparsifier) throws Exception {
        DefaultTrainingConfig config = SmallModel.newConfig();
        config.addTrainingListeners(sparsifier.newListener());
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                sparsifier.report();
                EasyTrain.fit(trainer, 1, SmallModel.newData(trainer.getManager()), null);
            }
        }
        return sparsifier.report();
    }
}
