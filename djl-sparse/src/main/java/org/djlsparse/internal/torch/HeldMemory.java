package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtEngine;

/**
 * The owner of arrays while Java reads or writes their memory. If a manager of the user owned them,
 * their memory would be freed when another thread closed a model in the middle of a product.
 */
final class HeldMemory {

    private HeldMemory() {}

    private static final class Holder {
        static final NDManager MANAGER =
                Engine.getEngine(PtEngine.ENGINE_NAME).newBaseManager(Device.cpu());
    }

    /**
     * Returns the manager, which is never closed. A caller that attaches an array to it must close
     * the array or attach it elsewhere.
     */
    static NDManager manager() {
        return Holder.MANAGER;
    }
}
