package org.djlsparse.cli.doctor;

import ai.djl.engine.EngineException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DoctorTest {

    @Test
    void withoutAnEngineItSaysWhatToAdd() {
        Diagnosis diagnosis =
                Doctor.examine(
                        () -> {
                            throw new EngineException("No deep learning engine found.");
                        });

        assertThat(diagnosis.engine())
                .isEqualTo(
                        "none: No deep learning engine found.; add ai.djl.pytorch:pytorch-engine,"
                                + " and its natives for this system, to the class path");
        assertThat(diagnosis.maskedDense().works()).isFalse();
        assertThat(diagnosis.devices()).isEmpty();
    }

    @Test
    void nativesThatDoNotLoadAreNoStackTrace() {
        Diagnosis diagnosis =
                Doctor.examine(
                        () -> {
                            throw new UnsatisfiedLinkError("libtorch.so: not found");
                        });

        assertThat(diagnosis.engine()).startsWith("none: libtorch.so: not found; add ");
        assertThat(diagnosis.kernels()).isEmpty();
    }
}
