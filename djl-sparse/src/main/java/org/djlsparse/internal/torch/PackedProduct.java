package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;

import org.djlsparse.torch.TorchModule;

import java.util.Arrays;

/** A weight, or its transpose, packed for one product, and the operators of that product. */
final class PackedProduct {

    private final ProductOps ops;
    private final TorchModule module;
    private final NDArray p;
    private final long algorithm;
    private volatile NDArray q;
    private volatile boolean fallenBack;

    /**
     * Packs a weight.
     *
     * @param manager the manager that owns the packed form
     * @param ops the operators
     * @param typed the weight, {@code [out, in]}, in the type to compute in
     * @param transposed whether to pack the transpose
     * @param algorithm the number of the product's algorithm; 0 is the default
     */
    PackedProduct(
            NDManager manager, ProductOps ops, NDArray typed, boolean transposed, long algorithm) {
        this.ops = ops;
        this.algorithm = algorithm;
        module = ops.module();
        NDList packed = module.call(manager, "compress", typed, transposed, algorithm);
        NDScope.unregister(packed); // they outlive the scope of a forward pass
        p = packed.get(0);
        q = packed.get(1);
    }

    /**
     * Calls a method of {@code product_ops.py} that ends with the parameters {@code p} and {@code
     * q}. An algorithm is tuned for one number of rows and may refuse another; then the default one
     * computes the product.
     *
     * @param method the method's name
     * @param arguments the arguments before {@code p} and {@code q}
     * @return the method's results
     * @throws EngineException if the product fails
     */
    NDList call(String method, NDArray... arguments) {
        try {
            return module.callWithGradients(method, with(q, arguments));
        } catch (EngineException e) {
            if (algorithm == 0 || fallenBack) {
                throw e;
            }
            ops.warnOnce(
                    "algorithm "
                            + algorithm
                            + " refused a product, the default is used: "
                            + e.getMessage());
            q = q.zerosLike();
            NDScope.unregister(q);
            fallenBack = true;
            return module.callWithGradients(method, with(q, arguments));
        }
    }

    private NDArray[] with(NDArray number, NDArray... arguments) {
        NDArray[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = p;
        all[arguments.length + 1] = number;
        return all;
    }

    boolean hasFallenBack() {
        return fallenBack;
    }

    /**
     * Returns the number of the fastest algorithm for a product.
     *
     * @param rows the other factor
     */
    long search(NDArray rows) {
        return ops.search(rows, p);
    }
}
