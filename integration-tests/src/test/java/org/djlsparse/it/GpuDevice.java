package org.djlsparse.it;

import ai.djl.Device;
import ai.djl.engine.Engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The device of the tests that need a GPU. */
final class GpuDevice {

    /**
     * Names another device, {@code cpu}, which tries the tests themselves on a machine without a
     * GPU.
     */
    private static final String PROPERTY = "djlsparse.gpu.tests";

    private GpuDevice() {}

    /** Returns the first GPU, and skips the test if there is none. */
    static Device require() {
        String name = System.getProperty(PROPERTY);
        if (name != null) {
            return Device.fromName(name);
        }
        boolean found = Engine.getInstance().getGpuCount() > 0;
        if (!found) {
            System.out.println("skipped: a test on a GPU, since there is no CUDA device");
        }
        assumeTrue(found, "no CUDA device");
        return Device.gpu();
    }
}
