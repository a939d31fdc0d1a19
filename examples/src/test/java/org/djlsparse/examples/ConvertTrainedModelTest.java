package org.djlsparse.examples;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class ConvertTrainedModelTest {

    @Test
    void convertedIsBetterThanMasked() throws Exception {
        ProgramOutput output = ProgramOutput.of(ConvertTrainedModel::main);

        double dense = output.number("Accuracy: dense");
        double masked = output.numbers("Accuracy: .*magnitude masks ([0-9.]+)").get(0);
        double converted = output.numbers("Accuracy: .*converted ([0-9.]+)").get(0);
        assertThat(dense).isGreaterThan(0.9);
        assertThat(masked).isLessThan(dense - 0.05);
        assertThat(converted).isGreaterThan((masked + dense) / 2);
        output.checkPage(ConvertTrainedModel.class);
        SparseWeights.check(
                Path.of("target", "convert-trained-model"),
                new SequentialBlock()
                        .add(Linear.builder().setUnits(128).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(128).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(10).build()),
                new Shape(1, 100),
                NmPattern.of(2, 4));
    }
}
