package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * The search for the fastest algorithms of a kernel, and a check of their products against dense
 * ones. Without the check, a wrong algorithm would be chosen for its speed: with cuSPARSELt 0.6.3,
 * a product has returned wrong results that changed from call to call (pytorch/pytorch#155333), and
 * since 0.6.2 a compressed matrix does not serve all algorithms.
 */
final class AlgorithmSearch {

    /** The number of rows at each end of a product that are compared; all would take memory. */
    private static final long COMPARED = 256;

    /** A result that changes is wrong, too. */
    private static final int CALLS = 2;

    private final ScriptKernel kernel;
    private final NDArray weight;

    /** The numbers of the algorithms for both products; 0 is the default. */
    record Algorithms(long forward, long inputGradient) {}

    /**
     * Creates a search.
     *
     * @param kernel the kernel
     * @param weight the masked weight, {@code [out, in]}
     */
    AlgorithmSearch(ScriptKernel kernel, NDArray weight) {
        this.kernel = kernel;
        this.weight = weight;
    }

    /**
     * Finds the algorithms.
     *
     * @param x the input, {@code [rows, in]}
     * @param dy the gradient of the product, {@code [rows, out]}; null if only the forward product
     *     is needed
     * @return the fastest algorithms, or the default ones if those fail or give wrong products
     * @throws IllegalStateException if a product of the default algorithm is wrong
     * @throws ai.djl.engine.EngineException if a product of the default algorithm fails
     */
    Algorithms find(NDArray x, @Nullable NDArray dy) {
        try (NDManager scratch = newManager();
                ScriptPackedWeight packed = kernel.packRows(weight, scratch)) {
            return new Algorithms(
                    checked(packed.searchForward(x), x, false),
                    dy == null ? 0 : checked(packed.searchInputGradient(dy), dy, true));
        }
    }

    private long checked(long algorithm, NDArray rows, boolean transposed) {
        double limit = kernel.getTolerance();
        if (algorithm != 0 && error(algorithm, rows, transposed) <= limit) {
            return algorithm;
        }
        double error = error(0, rows, transposed);
        if (error <= limit) {
            return 0;
        }
        throw new IllegalStateException(
                String.format(
                        Locale.ROOT,
                        "computes wrong products: error %.1e, must be at most %.1e",
                        error,
                        limit));
    }

    /**
     * Returns the largest error of some calls, as a share of the largest entry; infinite if the
     * algorithm refuses the product.
     */
    private double error(long algorithm, NDArray rows, boolean transposed) {
        long count = rows.getShape().get(0);
        double worst = 0;
        try (NDManager scratch = newManager();
                NDScope results = new NDScope();
                ScriptPackedWeight packed = kernel.packRows(weight, scratch, algorithm)) {
            results.suppressNotUsedWarning();
            for (int i = 0; i < CALLS; i++) {
                NDArray product =
                        transposed
                                ? packed.inputGradient(rows, rows.getShape())
                                : packed.multiply(rows, null);
                if (packed.hasFallenBack()) {
                    return Double.POSITIVE_INFINITY;
                }
                worst = Math.max(worst, error(product, rows, 0, transposed));
                if (count > COMPARED) {
                    long last = Math.max(COMPARED, count - COMPARED);
                    worst = Math.max(worst, error(product, rows, last, transposed));
                }
            }
        }
        return worst;
    }

    /** Returns the error of up to {@link #COMPARED} rows from one on. */
    private double error(NDArray product, NDArray rows, long from, boolean transposed) {
        NDArray matrix = wide(weight);
        NDArray expected = wide(slice(rows, from)).matMul(transposed ? matrix : matrix.transpose());
        float largest = expected.abs().max().getFloat();
        float difference = wide(slice(product, from)).sub(expected).abs().max().getFloat();
        // A product of zeros must be zero. NaN is an error.
        double error = largest == 0 ? difference : difference / largest;
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    private static NDArray slice(NDArray rows, long from) {
        long to = Math.min(rows.getShape().get(0), from + COMPARED);
        return rows.get(from + ":" + to);
    }

    private static NDArray wide(NDArray array) {
        return array.toType(DataType.FLOAT32, false);
    }

    private NDManager newManager() {
        return weight.getManager().newSubManager(weight.getDevice());
    }
}
