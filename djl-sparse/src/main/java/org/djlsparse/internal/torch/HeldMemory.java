package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtEngine;

/**
 * Owns arrays while Java reads or writes their memory. With a manager of the user's, that memory
 * would be gone if another thread closed a model in the middle of a product.
 */
final class HeldMemory {

    private HeldMemory() {}

    private static final class Holder {
        static final NDManager MANAGER =
                Engine.getEngine(PtEngine.ENGINE_NAME).newBaseManager(Device.cpu());
    }

    /** Never closed; whoever attaches an array to it closes it, or attaches it elsewhere. */
    static NDManager manager() {
        return Holder.MANAGER;
    }
}
