package org.djlsparse.examples;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class ResumeTrainingTest {

    @Test
    void resumesToTheBit() throws Exception {
        ProgramOutput output = ProgramOutput.of(ResumeTraining::main);

        assertThat(output.number("resumed with weights and state:")).isZero();
        assertThat(output.number("resumed with weights alone:"))
                .as("the state matters")
                .isGreaterThan(1e-3);
        assertThat(output.text())
                .contains("epochs 0 to 5: 120 steps, 8 refreshes")
                .contains("epochs 3 to 5: 120 steps, 4 refreshes")
                .contains("epochs 3 to 5: 60 steps, 4 refreshes");
        output.checkPage(ResumeTraining.class);
        assertThat(Files.size(Path.of("target", "resume-training", "state.safetensors")))
                .isPositive();
    }
}
