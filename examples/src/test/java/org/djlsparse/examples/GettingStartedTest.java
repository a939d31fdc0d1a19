package org.djlsparse.examples;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class GettingStartedTest {

    @Test
    void theSavedModelHasTheZeros() throws Exception {
        ProgramOutput output = ProgramOutput.of(GettingStarted::main);

        assertThat(output.text()).contains("step 500, 13 refreshes");
        output.checkPage(GettingStarted.class);
        SparseWeights.check(
                Path.of("target", "getting-started"),
                new SequentialBlock()
                        .add(Linear.builder().setUnits(128).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(10).build()),
                new Shape(1, 64),
                NmPattern.of(2, 4));
    }
}
