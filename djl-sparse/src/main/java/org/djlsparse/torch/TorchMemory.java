package org.djlsparse.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A setting for the memory of PyTorch's arrays on the CPU, which the C library allocates. By
 * default, glibc returns large blocks to the operating system when they are freed, and requests
 * fresh pages, filled with zeros, for the next step's arrays. On virtual machines, this can take a
 * third of a training step, for dense and sparse models alike.
 */
public final class TorchMemory {

    private static final Logger logger = LoggerFactory.getLogger(TorchMemory.class);

    // The parameters' numbers in malloc.h.
    private static final int M_TRIM_THRESHOLD = -1;
    private static final int M_MMAP_THRESHOLD = -3;

    private static final int MOST_FROM_HEAP = 32 << 20; // the maximum that glibc accepts

    private TorchMemory() {}

    /**
     * Makes the C library keep freed memory for the next arrays, in the whole process. Call this
     * method once, before a model is trained. The process then keeps the maximum memory that it has
     * needed; arrays above 32 MiB are still returned to the system. The setting has the same effect
     * as the environment variables {@code MALLOC_TRIM_THRESHOLD_} and {@code
     * MALLOC_MMAP_THRESHOLD_}. This library never calls the method, because it affects the whole
     * program.
     *
     * @return {@code true} if the C library accepted the setting; {@code false} if it is not glibc
     */
    public static boolean keepFreed() {
        if (!Platform.isLinux()) {
            return false;
        }
        try {
            Function mallopt = NativeLibrary.getInstance("c").getFunction("mallopt");
            // The mmap threshold comes first: with the trim threshold alone, every array above
            // 128 KiB would get fresh pages.
            return set(mallopt, M_MMAP_THRESHOLD, MOST_FROM_HEAP)
                    && set(mallopt, M_TRIM_THRESHOLD, Integer.MAX_VALUE);
        } catch (LinkageError e) {
            logger.debug("the C library has no mallopt", e);
            return false;
        }
    }

    private static boolean set(Function mallopt, int parameter, int value) {
        return mallopt.invokeInt(new Object[] {parameter, value}) == 1;
    }
}
