package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

/**
 * A gradient in a backward pass, owned by autograd.
 *
 * @param address the address of an {@code at::TensorBase}, valid while the hook runs
 */
record GradientRef(long address) {

    /**
     * Returns the gradient as a separate array that is not part of any graph.
     *
     * @param manager the manager to attach the array to
     */
    PtNDArray toArray(PtNDManager manager) {
        PtNDArray borrowed = new PtNDArray(manager, address);
        // Neither the manager nor a scope may ever close it.
        manager.detachInternal(borrowed.getUid());
        NDScope.unregister(borrowed);
        return JniUtils.detachGradient(borrowed);
    }
}
