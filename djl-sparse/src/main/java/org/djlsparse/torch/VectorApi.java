package org.djlsparse.torch;

import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.kernel.LinearKernel;

/**
 * Java's Vector API as this JVM has it, which {@link LinearKernel#cpuSparse()} computes with. Why
 * there is none {@link LinearKernel#rejection} says.
 */
public final class VectorApi {

    private VectorApi() {}

    /**
     * Returns how many floats of a product are computed at once.
     *
     * @return the lanes of a vector, such as 8 with AVX2 and 16 with AVX-512; 0 if the kernel has
     *     no use of the API here
     */
    public static int getLanes() {
        return VectorLoops.getReason() == null ? VectorLoops.get().getLanes() : 0;
    }
}
