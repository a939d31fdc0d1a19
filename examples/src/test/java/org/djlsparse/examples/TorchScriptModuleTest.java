package org.djlsparse.examples;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class TorchScriptModuleTest {

    @TempDir Path folder;

    @AfterEach
    void leaveGraphOptimizer() {
        System.clearProperty("ai.djl.pytorch.graph_optimizer");
    }

    @Test
    void theModuleIsTrainedAndSaved() throws Exception {
        Path path = folder.resolve("net.pt");
        TorchScriptFile.write(path, 64, 128, 10);

        ProgramOutput output = ProgramOutput.of(TorchScriptModule::main, path.toString());

        assertThat(output.number("accuracy before training:")).as("ten classes").isLessThan(0.3);
        double trained = output.number("accuracy after training:");
        assertThat(trained).isGreaterThan(0.5);
        assertThat(output.number("accuracy, loaded again:")).isEqualTo(trained);
        assertThat(output.text())
                .containsPattern("fc1.weight .* 50.0% .* valid  valid")
                .containsPattern("fc2.weight .* 50.0% .* valid  valid")
                .doesNotContain("warning");
        output.checkPage(TorchScriptModule.class);
    }

    @Test
    void withoutAModuleTheProgramSaysWhatItNeeds() throws Exception {
        assertThat(ProgramOutput.of(TorchScriptModule::main).text()).contains("net.pt");
    }
}
