package org.djlsparse.internal.torch;

import ai.djl.Device;

import org.jspecify.annotations.Nullable;

/**
 * DJL's option for CUDA streams. With it, TorchScript that runs without gradients gets a stream of
 * its own, while everything else stays on the default stream. Neither waits for the other, so a
 * weight might be packed before the optimizer has changed it, or multiplied before it is packed.
 */
public final class CudaStreams {

    private static final String OPTION = "ai.djl.pytorch.enable_cuda_stream";

    private CudaStreams() {}

    /**
     * Returns the reason why TorchScript must not run on a device, or null if it may.
     *
     * @param device the device
     * @return the reason in words
     */
    public static @Nullable String reasonAgainst(Device device) {
        return device.isGpu() && Boolean.getBoolean(OPTION)
                ? "the system property "
                        + OPTION
                        + " is true: must be false, because DJL would"
                        + " then use two CUDA streams that do not wait for each other"
                : null;
    }
}
