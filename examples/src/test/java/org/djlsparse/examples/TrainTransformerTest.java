package org.djlsparse.examples;

import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class TrainTransformerTest {

    @Test
    void sorts() throws Exception {
        ProgramOutput output = ProgramOutput.of(TrainTransformer::main);

        assertThat(output.number("letters of new words in their place:"))
                .as("26 letters")
                .isGreaterThan(0.7);
        assertThat(output.numbers("step +(\\d+): flips"))
                .containsExactly(20d, 30d, 50d, 90d, 170d, 250d, 330d, 410d, 490d);
        List<Double> flips = output.numbers("flips +([0-9.]+)%");
        assertThat(flips.get(0)).as("first masks").isZero();
        assertThat(flips.get(flips.size() - 1))
                .as("masks settle")
                .isBetween(0.01, Collections.max(flips) / 2);
        assertThat(output.text().lines().filter(line -> line.contains("valid  valid")))
                .hasSize(4)
                .allMatch(line -> line.contains("outputBlock"));
        output.checkPage(TrainTransformer.class);
    }
}
