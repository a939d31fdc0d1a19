package org.djlsparse.torch;

import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.kernel.LinearKernel;

/**
 * The support of this JVM for Java's Vector API, which {@link LinearKernel#cpuSparse()} uses.
 * {@link LinearKernel#rejection} says why the kernel cannot use it.
 */
public final class VectorApi {

    private VectorApi() {}

    /**
     * Returns the number of floats that are computed at once.
     *
     * @return the number of lanes of a vector, such as 8 with AVX2 and 16 with AVX-512; 0 if the
     *     kernel cannot use the API
     */
    public static int getLanes() {
        return VectorLoops.getReason() == null ? VectorLoops.get().getLanes() : 0;
    }
}
