package org.djlsparse.internal.torch;

import ai.djl.Device;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DeviceClaimTest {

    @Test
    void theFirstDeviceIsTheOnlyOne() {
        DeviceClaim claim = new DeviceClaim("cuSPARSELt");

        assertThat(claim.reasonAgainst(Device.gpu(1))).isNull();
        assertThat(claim.reasonAgainst(Device.gpu(0)))
                .isEqualTo(
                        "cuSPARSELt already runs on gpu(1): must be one device per process,"
                                + " gpu(0) is another");
        assertThat(claim.reasonAgainst(Device.gpu(1))).isNull();
    }
}
