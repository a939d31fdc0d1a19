package org.djlsparse.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

import org.djlsparse.kernel.LinearKernel;

/**
 * The threads that PyTorch computes one product with on the processor, which {@link
 * LinearKernel#cpuSparse()} computes with, too. All models of a process have the same.
 */
public final class TorchThreads {

    private TorchThreads() {}

    /**
     * Returns how many there are; loads the engine.
     *
     * @return the number, the calling thread included
     */
    public static int getCount() {
        loadEngine();
        return JniUtils.getNumThreads();
    }

    /**
     * Sets how many there are; loads the engine.
     *
     * @param count the number, the calling thread included
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
