package org.djlsparse.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

import org.djlsparse.kernel.LinearKernel;

/**
 * The number of threads with which PyTorch computes one product on the CPU. {@link
 * LinearKernel#cpuSparse()} uses the same number. It applies to all models of the process.
 */
public final class TorchThreads {

    private TorchThreads() {}

    /**
     * Returns the number of threads. Loads the engine.
     *
     * @return the number of threads, including the calling thread
     */
    public static int getCount() {
        loadEngine();
        return JniUtils.getNumThreads();
    }

    /**
     * Sets the number of threads. Loads the engine.
     *
     * @param count the number of threads, including the calling thread
     * @throws IllegalArgumentException if it is less than 1
     */
    public static void setCount(int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " threads: must be at least 1");
        }
        loadEngine();
        JniUtils.setNumThreads(count);
    }

    private static void loadEngine() {
        Engine.getEngine(TorchModule.ENGINE);
    }
}
