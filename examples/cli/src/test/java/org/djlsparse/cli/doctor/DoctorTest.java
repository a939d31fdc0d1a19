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

        assertThat(diagnosis.engine()).isEqualTo("none: No deep learning engine found.");
        assertThat(diagnosis.causes()).isEmpty();
        assertThat(diagnosis.natives()).isEqualTo(new Diagnosis.Natives(null, null, null));
        assertThat(diagnosis.nextStep())
                .isEqualTo(
                        "Add ai.djl.pytorch:pytorch-engine, pytorch-jni and natives for this system"
                                + " to the class path.");
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

        assertThat(diagnosis.engine()).isEqualTo("none: libtorch.so: not found");
        assertThat(diagnosis.kernels()).isEmpty();
    }

    @Test
    void theCausesOfAFailureAreListed() {
        Diagnosis diagnosis =
                Doctor.examine(
                        () -> {
                            throw new EngineException(
                                    "Failed to load PyTorch native library",
                                    new IllegalStateException(
                                            "first",
                                            new UnsatisfiedLinkError(
                                                    "libcusparseLt.so.0: cannot open shared object"
                                                            + " file: No such file or directory")));
                        });

        assertThat(diagnosis.engine()).isEqualTo("none: Failed to load PyTorch native library");
        assertThat(diagnosis.causes())
                .containsExactly(
                        "IllegalStateException: first",
                        "UnsatisfiedLinkError: libcusparseLt.so.0: cannot open shared object file:"
                                + " No such file or directory");
        assertThat(diagnosis.nextStep()).startsWith("Add the folder of the missing library to");
    }
}
