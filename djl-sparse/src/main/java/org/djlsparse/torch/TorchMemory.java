package org.djlsparse.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of PyTorch's arrays on the processor, which the C library lends. By default glibc
 * gives large pieces back to the system once they are free, and takes fresh ones, page by page and
 * filled with zeros, for the next step's arrays: on virtual machines that can take a third of a
 * training step, of dense models as of sparse ones.
 */
public final class TorchMemory {

    private static final Logger logger = LoggerFactory.getLogger(TorchMemory.class);

    // The parameters' numbers in malloc.h.
    private static final int M_TRIM_THRESHOLD = -1;
    private static final int M_MMAP_THRESHOLD = -3;

    private static final int MOST_FROM_HEAP = 32 << 20; // glibc takes no larger number

    private TorchMemory() {}

    /**
     * Has the C library keep memory that is freed, for the next arrays, in this whole process. To
     * be called once, before a model is trained. The process then keeps the most that it ever
     * needed; arrays above 32 MiB are given back, as before. It is for a program to decide on,
     * since it reaches beyond this library, which never calls it. It does what the environment
     * variables {@code MALLOC_TRIM_THRESHOLD_} and {@code MALLOC_MMAP_THRESHOLD_} do.
     *
     * @return true if it does so from now on; false if the C library is not glibc
     */
    public static boolean keepFreed() {
        if (!Platform.isLinux()) {
            return false;
        }
        try {
            Function mallopt = NativeLibrary.getInstance("c").getFunction("mallopt");
            // In this order: with the second alone, whatever is above 128 KiB is always fresh.
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
