package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;

import java.nio.FloatBuffer;

/**
 * The memory of an array of float32 on the processor, contiguous: its own if it is so, else a copy
 * that ends with this object.
 *
 * @param data the entries
 * @param owner what holds the memory
 */
record Floats(FloatBuffer data, NDArray owner) implements AutoCloseable {

    static Floats of(NDArray array) {
        NDArray compact = LinearOps.module().callWithGradients("compact", array).singletonOrThrow();
        compact.attach(HeldMemory.manager());
        try {
            return new Floats(view(compact), compact);
        } catch (RuntimeException e) {
            compact.close();
            throw e;
        }
    }

    /**
     * The memory of a contiguous array, valid while that is open.
     *
     * @throws IllegalArgumentException if it is more than Java's buffers can be
     */
    static FloatBuffer view(NDArray contiguous) {
        if (contiguous.size() > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    "array "
                            + contiguous.getShape()
                            + ": must have at most "
                            + Integer.MAX_VALUE / Float.BYTES
                            + " entries for kernel cpu-sparse");
        }
        return ((PtNDArray) contiguous).toByteBuffer(true).asFloatBuffer();
    }

    @Override
    public void close() {
        owner.close();
    }
}
