package org.djlsparse.io;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;

class TensorInfoTest {

    @Test
    void equalIsWhatSaysTheSame() {
        TensorInfo info = TensorInfo.of("w", ElementType.F32, 4, 8);

        assertThat(TensorInfo.of("w", ElementType.F32, 4, 8))
                .isEqualTo(info)
                .hasSameHashCodeAs(info);
        assertThat(info)
                .isNotEqualTo(TensorInfo.of("v", ElementType.F32, 4, 8))
                .isNotEqualTo(TensorInfo.of("w", ElementType.F16, 4, 8))
                .isNotEqualTo(TensorInfo.of("w", ElementType.F32, 8, 4))
                .isNotEqualTo(
                        new TensorInfo(
                                "w", ElementType.F32, ByteOrder.BIG_ENDIAN, new long[] {4, 8}))
                .hasToString("w F32 [4, 8] LITTLE_ENDIAN");
    }
}
