package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;

import java.nio.FloatBuffer;

/**
 * The contiguous memory of a float32 array on the CPU: the array's own memory if it is contiguous,
 * otherwise a copy that is freed with this object.
 *
 * @param data the entries
 * @param owner the array that holds the memory
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
     * Returns the memory of a contiguous array, valid while the array is open.
     *
     * @throws IllegalArgumentException if it is larger than a Java buffer can be
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
