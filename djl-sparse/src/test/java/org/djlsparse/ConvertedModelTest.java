package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.convert.AdaPrune;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests that models converted by AdaPrune continue training with their masks. */
class ConvertedModelTest {

    @ParameterizedTest
    @CsvSource({"2, 4", "4, 8", "1, 4"})
    void sparsifierFindsTheSameMasksAndKeepsThem(int n, int m) {
        NmPattern pattern = NmPattern.of(n, m);
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance("net")) {
            Block block =
                    new SequentialBlock()
                            .add(x -> new NDList(x.singletonOrThrow().reshape(-1, 8, 1, 2)))
                            // First, because PyTorch's gradient of its input may be NaN.
                            .add(
                                    Conv2d.builder()
                                            .setKernelShape(new Shape(1, 2))
                                            .setFilters(9)
                                            .build())
                            .add(x -> new NDList(x.singletonOrThrow().flatten(1, -1)))
                            .add(Linear.builder().setUnits(32).build())
                            .add(Activation.reluBlock())
                            .add(Linear.builder().setUnits(10).build());
            block.initialize(manager, DataType.FLOAT32, new Shape(4, 16));
            NDList samples = new NDList(manager.randomNormal(new Shape(40, 16)));
            AdaPrune.builder().setPattern(pattern).build().convert(block, List.of(samples));

            Sparsifier sparsifier =
                    Sparsifier.builder()
                            .setPattern(pattern)
                            .optSchedule(MaskSchedule.once())
                            .optRule(GradientRule.masked())
                            .build();
            model.setBlock(sparsifier.wrap(block));
            Map<String, Mask> masks = sparsifier.getMasks();
            assertThat(masks)
                    .containsOnlyKeys("02Conv2d_weight", "04Linear_weight", "06Linear_weight");
            masks.forEach(
                    (name, mask) ->
                            assertThat(nonZero(block, name))
                                    .as(name)
                                    .isEqualTo(mask.toBooleanArray()));

            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new SquaredError())
                            .optOptimizer(Optimizer.adam().build())
                            .addTrainingListeners(sparsifier.newListener());
            float[] before = block.getParameters().get("06Linear_weight").getArray().toFloatArray();
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(4, 16));
                for (int step = 0; step < 3; step++) {
                    TrainingStep.run(trainer, step);
                }
            }
            Block plain = sparsifier.unwrap(model.getBlock());
            assertThat(plain.getParameters().get("06Linear_weight").getArray().toFloatArray())
                    .isNotEqualTo(before);
            masks.forEach(
                    (name, mask) ->
                            assertThat(nonZero(plain, name)).isEqualTo(mask.toBooleanArray()));
        }
    }

    private static boolean[] nonZero(Block block, String name) {
        float[] values = block.getParameters().get(name).getArray().toFloatArray();
        boolean[] kept = new boolean[values.length];
        for (int i = 0; i < values.length; i++) {
            kept[i] = values[i] != 0;
        }
        return kept;
    }
}
