package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtEngine;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;

/**
 * The operators behind the kernels, as a TorchScript module: dense, packed, cuSPARSELt's and
 * CUTLASS's products of a linear layer, the packing of weights, and what ties a product into
 * autograd's graph.
 */
public final class LinearOps {

    private LinearOps() {}

    /** The module, loaded at first use; it holds no state and serves all models and devices. */
    private static final class Script {

        static final TorchModule MODULE =
                TorchModule.load(
                        getArchive(),
                        Engine.getEngine(PtEngine.ENGINE_NAME).newBaseManager(Device.cpu()));
    }

    /**
     * Returns the operators' TorchScript, to be written to a file and used outside of Java; its
     * comments say what each method takes.
     *
     * @return the archive
     */
    public static TorchArchive getArchive() {
        return TorchArchive.ofResource(LinearOps.class, "linear_ops.py");
    }

    static TorchModule module() {
        return Script.MODULE;
    }
}
