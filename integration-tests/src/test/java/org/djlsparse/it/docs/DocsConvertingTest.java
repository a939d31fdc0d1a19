package org.djlsparse.it.docs;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.loss.Loss;

import org.djlsparse.Sparsifier;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class DocsConvertingTest {

    @TempDir Path folder;
    @RegisterExtension final CapturedOutput output = new CapturedOutput();

    @Test
    void convertsAndTrainsOn() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("model")) {
            Block block = SmallModel.newBlock();
            block.initialize(model.getNDManager(), DataType.FLOAT32, SmallModel.INPUT);
            model.setBlock(block);
            ArrayDataset trainingSet = SmallModel.newData(model.getNDManager());
            ArrayDataset validationSet = SmallModel.newData(model.getNDManager());

            AdaPruneReport report =
                    AdaPrune.builder()
                            .setPattern(NmPattern.of(2, 4))
                            .optValidation(
                                    validationSet, Loss.softmaxCrossEntropyLoss(), new Accuracy())
                            .build()
                            .convert(model, trainingSet);
            System.out.println(report);
            model.save(folder, "sparse");

            assertThat(output.text()).contains("closed form").contains("Accuracy: dense");
            assertThat(report.samples()).isEqualTo(64);
            assertThat(Files.exists(folder.resolve("sparse-0000.params"))).isTrue();

            Sparsifier sparsifier =
                    Sparsifier.builder()
                            .setPattern(NmPattern.of(2, 4))
                            .optSchedule(MaskSchedule.once())
                            .build();
            float[] before = weight(block);
            Block wrapped = sparsifier.wrap(block);
            assertThat(sparsifier.unwrap(wrapped)).isSameAs(block);
            assertThat(weight(block)).as("the same masks").isEqualTo(before);
        }
    }

    private static float[] weight(Block block) {
        return block.getParameters().get("01Linear_weight").getArray().toFloatArray();
    }
}
