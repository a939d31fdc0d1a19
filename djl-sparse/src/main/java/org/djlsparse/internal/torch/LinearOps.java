package org.djlsparse.internal.torch;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;

/**
 * The operators behind the kernels, as a TorchScript module: dense, packed, cuSPARSELt's and
 * CUTLASS's products of a linear layer, the packing of weights, and what ties a product into
 * autograd's graph.
 */
public final class LinearOps {

    private static final SharedModule SCRIPT = new SharedModule(LinearOps.class, "linear_ops.py");

    private LinearOps() {}

    /**
     * Returns the operators' TorchScript, to be written to a file and used outside of Java; its
     * comments say what each method takes.
     *
     * @return the archive
     */
    public static TorchArchive getArchive() {
        return SCRIPT.getArchive();
    }

    static TorchModule module() {
        return SCRIPT.get();
    }
}
