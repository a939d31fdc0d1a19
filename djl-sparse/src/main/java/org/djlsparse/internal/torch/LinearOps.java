package org.djlsparse.internal.torch;

import org.djlsparse.torch.TorchModule;

/**
 * The operators of linear products that do not depend on the kernel, as a TorchScript module: above
 * all those that tie a product into the autograd graph. {@link ProductOps} has the products.
 */
final class LinearOps {

    private static final SharedModule SCRIPT = new SharedModule(LinearOps.class, "linear_ops.py");

    private LinearOps() {}

    static TorchModule module() {
        return SCRIPT.get();
    }
}
