package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

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
        try (NDScope results = new NDScope()) {
            results.suppressNotUsedWarning();
            Map<Long, NDArray> expected = expected(rows, transposed);
            if (algorithm != 0 && error(algorithm, rows, transposed, expected) <= limit) {
                return algorithm;
            }
            double error = error(0, rows, transposed, expected);
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
    }

    /** Returns the dense product of the rows at both ends, by the first of these rows. */
    private Map<Long, NDArray> expected(NDArray rows, boolean transposed) {
        long count = rows.getShape().get(0);
        NDArray matrix = wide(weight);
        NDArray factor = transposed ? matrix : matrix.transpose();
        Map<Long, NDArray> expected = new TreeMap<>();
        expected.put(0L, wide(slice(rows, 0)).matMul(factor));
        if (count > COMPARED) {
            long last = Math.max(COMPARED, count - COMPARED);
            expected.put(last, wide(slice(rows, last)).matMul(factor));
        }
        return expected;
    }

    /**
     * Returns the largest error of some calls, as a share of the largest entry; infinite if the
     * algorithm refuses the product.
     */
    private double error(
            long algorithm, NDArray rows, boolean transposed, Map<Long, NDArray> expected) {
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
                for (Map.Entry<Long, NDArray> part : expected.entrySet()) {
                    NDArray actual = wide(slice(product, part.getKey()));
                    worst = Math.max(worst, error(actual, part.getValue()));
                }
            }
        }
        return worst;
    }

    private static double error(NDArray actual, NDArray expected) {
        float largest = expected.abs().max().getFloat();
        float difference = actual.sub(expected).abs().max().getFloat();
        // A product of zeros must be zero. NaN is an error.
        double error = largest == 0 ? difference : difference / largest;
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    /** Returns up to {@link #COMPARED} rows from one on. */
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
