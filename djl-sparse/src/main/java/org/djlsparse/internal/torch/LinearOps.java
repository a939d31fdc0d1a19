package org.djlsparse.internal.torch;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;

/**
 * The operators behind the kernels, as a TorchScript module: the products of a linear layer, dense,
 * packed, with cuSPARSELt and with CUTLASS; the packing of weights; and the operators that tie a
 * product into the autograd graph.
 */
public final class LinearOps {

    private static final SharedModule SCRIPT = new SharedModule(LinearOps.class, "linear_ops.py");

    private LinearOps() {}

    /**
     * Returns the operators' TorchScript, which can be written to a file and used outside Java.
     * Comments in the source describe the parameters of each method.
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
