package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The operators of a family of kernels: packing and products. Each family has a TorchScript module
 * of its own, because PyTorch loads a module only if it has all of its operators. A version of
 * PyTorch that lacks those of one family still runs the others.
 */
public final class ProductOps {

    static final ProductOps DENSE = of("dense_ops");
    static final ProductOps PACKED = of("packed_ops");
    static final ProductOps CUTLASS = of("cutlass_ops");
    static final ProductOps CUSPARSELT =
            new ProductOps(
                    "cslt_ops",
                    new SharedModule(ProductOps.class, "cslt_search.py", "linear_ops.py"));

    private static final Logger logger = LoggerFactory.getLogger(ProductOps.class);

    private final String name;
    private final SharedModule script;
    private final @Nullable SharedModule search;
    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * Creates operators without loading them.
     *
     * @param name the name of the source, without {@code .py}, that packs and multiplies as {@code
     *     product_ops.py} says
     * @param search the module that finds the fastest algorithm; null if there is only one
     */
    ProductOps(String name, @Nullable SharedModule search) {
        this.name = name;
        this.script =
                new SharedModule(ProductOps.class, name + ".py", "product_ops.py", "linear_ops.py");
        this.search = search;
    }

    private static ProductOps of(String name) {
        return new ProductOps(name, null);
    }

    /**
     * Returns the TorchScript of all families, which can be written to files and used outside Java.
     * Comments in the sources describe the parameters of each method.
     *
     * @return the archives by name, such as {@code dense_ops}
     */
    public static Map<String, TorchArchive> getArchives() {
        Map<String, TorchArchive> archives = new TreeMap<>();
        for (ProductOps ops : new ProductOps[] {DENSE, PACKED, CUSPARSELT, CUTLASS}) {
            archives.put(ops.name, ops.script.getArchive());
            if (ops.search != null) {
                archives.put("cslt_search", ops.search.getArchive());
            }
        }
        return archives;
    }

    /**
     * Returns the module.
     *
     * @throws EngineException if PyTorch lacks one of its operators
     */
    TorchModule module() {
        return script.get();
    }

    /**
     * Returns the number of the fastest algorithm for a product.
     *
     * @param rows the other factor
     * @param p the packed matrix
     * @return the number; 0, the default, if PyTorch cannot search
     */
    long search(NDArray rows, NDArray p) {
        if (search == null) {
            return 0;
        }
        try {
            return search.get().callForInt("search", rows, p);
        } catch (EngineException e) {
            warnOnce("no search for algorithms, the default is used: " + e.getMessage());
            return 0;
        }
    }

    /** Logs what makes products slower than they could be, once for each family. */
    void warnOnce(String message) {
        if (warned.compareAndSet(false, true)) {
            logger.warn("{}: {}", name, message);
        }
    }
}
