package org.djlsparse.internal.torch;

import ai.djl.Device;

import org.jspecify.annotations.Nullable;

/**
 * The single device on which a process uses a library. PyTorch creates cuSPARSELt's handle once per
 * thread, on the device that the thread uses at that moment, and then uses it for all devices.
 */
final class DeviceClaim {

    private final String name;
    private @Nullable Device device;

    /**
     * Creates a claim that no device has taken yet.
     *
     * @param name the library's name
     */
    DeviceClaim(String name) {
        this.name = name;
    }

    /**
     * Returns the reason why a device is refused; null for the first one, which takes the claim.
     */
    synchronized @Nullable String reasonAgainst(Device other) {
        if (device == null) {
            device = other;
        }
        return device.equals(other)
                ? null
                : name
                        + " already runs on "
                        + device
                        + ": must be one device per process, "
                        + other
                        + " is another";
    }
}
