package org.djlsparse.internal.torch;

import ai.djl.Device;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

import static org.assertj.core.api.Assertions.assertThat;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class CudaStreamsTest {

    private static final String OPTION = "ai.djl.pytorch.enable_cuda_stream";

    @AfterEach
    void clear() {
        System.clearProperty(OPTION);
    }

    @Test
    void aStreamOfItsOwnIsRefusedOnAGpu() {
        assertThat(CudaStreams.reasonAgainst(Device.gpu())).isNull();

        System.setProperty(OPTION, "true");

        assertThat(CudaStreams.reasonAgainst(Device.gpu()))
                .startsWith("the system property " + OPTION + " is true: must be false");
        assertThat(CudaStreams.reasonAgainst(Device.cpu())).isNull();
    }
}
