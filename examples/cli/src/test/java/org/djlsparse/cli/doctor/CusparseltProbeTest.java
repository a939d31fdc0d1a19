package org.djlsparse.cli.doctor;

import org.djlsparse.cli.doctor.CusparseltProbe.Answer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CusparseltProbeTest {

    private static final String PATH = "/torch/libcusparseLt.so.0";
    private static final String NO_CPU_KERNEL =
            "Could not run 'aten::_cslt_compress' with arguments from the 'CPU' backend.";

    @Test
    void itWorks() {
        CusparseltProbe probe = CusparseltProbe.of(true, true, null, PATH, "0.6.3");

        assertThat(probe.answer()).isEqualTo(Answer.WORKS);
        assertThat(probe.library()).isEqualTo(new Diagnosis.Finding(PATH, "0.6.3", null));
    }

    @Test
    void itWorksWithoutALibraryOfItsOwn() {
        CusparseltProbe probe = CusparseltProbe.of(true, true, null, null, null);

        assertThat(probe.answer()).isEqualTo(Answer.WORKS);
        assertThat(probe.library()).isEqualTo(new Diagnosis.Finding("in libtorch", null, null));
    }

    @Test
    void theCpuBuild() {
        CusparseltProbe probe = CusparseltProbe.of(false, false, NO_CPU_KERNEL, null, null);

        assertThat(probe.answer()).isEqualTo(Answer.CPU_BUILD);
        assertThat(probe.library().found()).isNull();
    }

    @Test
    void theCudaBuildWithoutIt() {
        String error = "TorchScript: cuSPARSELt not supported on your machine.";
        CusparseltProbe probe = CusparseltProbe.of(true, true, error, null, null);

        assertThat(probe.answer()).isEqualTo(Answer.NOT_BUILT_IN);
        assertThat(probe.library().reason())
                .isEqualTo("this CUDA build of PyTorch was made without cuSPARSELt");
    }

    @Test
    void theCudaBuildWithoutAGpu() {
        CusparseltProbe probe = CusparseltProbe.of(true, false, NO_CPU_KERNEL, PATH, "0.6.3");

        assertThat(probe.answer()).isEqualTo(Answer.NOT_TRIED);
        assertThat(probe.library())
                .isEqualTo(new Diagnosis.Finding(PATH, "0.6.3", "not tried: PyTorch sees no GPU"));
    }

    @Test
    void itFails() {
        String error = "CUDA error: architecture mismatch when calling cusparseLtInit\nmore";
        CusparseltProbe probe = CusparseltProbe.of(true, true, error, PATH, "0.6.3");

        assertThat(probe.answer()).isEqualTo(Answer.FAILS);
        assertThat(probe.library().reason())
                .isEqualTo("CUDA error: architecture mismatch when calling cusparseLtInit");
    }
}
