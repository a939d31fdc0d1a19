package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.torch.TorchModule;
import org.jspecify.annotations.Nullable;

/**
 * The error of a linear or convolution layer's output as a function of its weights, and the kept
 * weights that minimize it.
 *
 * <p>This class accumulates the sums of the normal equations, in float64, over the calls of the
 * layer; the rows themselves are not kept. With the layer's inputs X' (for a convolution all
 * patches under the kernel), a column of ones for the bias, and the targets Y without the dense
 * bias: {@code H = X'^T X'} and {@code G = X'^T Y}. Memory: {@code 8 (inputs + 1) (inputs + 1 +
 * outputs)} bytes on the inputs' device.
 *
 * <p>Weights here are {@code [outputs, inputs + 1]}, a convolution's inputs times its taps; the
 * last column is the change of the bias.
 *
 * <p>Needs DJL's PyTorch engine. Not thread-safe.
 */
public final class LeastSquares implements AutoCloseable {

    private static final SharedModule SCRIPT =
            new SharedModule(LeastSquares.class, "least_squares.py");

    private static final int FLOAT64_BYTES = 8;
    private static final int BAND = 1 << 22; // numbers that are copied at once, 32 MiB

    private final NDManager manager;
    private final NDArray h;
    private final NDArray g;
    private final NDArray total;
    private final NDArray none;
    private final @Nullable Patches patches;
    private final long scratchBytes;

    /**
     * The geometry by which a convolution cuts its input into patches; two numbers each, for height
     * and width. A one-dimensional convolution has a height of 1.
     *
     * @param kernel the kernel's size
     * @param dilation the distance between taps
     * @param padding the zeros on each side
     * @param stride the distance between positions
     */
    @SuppressWarnings("ArrayRecordComponent") // passed to the engine as they are
    public record Patches(long[] kernel, long[] dilation, long[] padding, long[] stride) {

        /**
         * Creates a description.
         *
         * @throws IllegalArgumentException if an array does not have two numbers
         */
        public Patches {
            if (kernel.length != 2
                    || dilation.length != 2
                    || padding.length != 2
                    || stride.length != 2) {
                throw new IllegalArgumentException("patches: must have two numbers each");
            }
        }
    }

    /**
     * Creates empty sums for a layer.
     *
     * @param owner a manager of the PyTorch engine on the inputs' device; the sums live in a
     *     submanager until they are closed
     * @param inputs the number of inputs per output; for a convolution, times the number of taps
     * @param outputs the number of outputs
     * @param patches how a convolution cuts its input; null for a linear layer
     * @param scratchBytes the approximate number of bytes to use in addition to the sums
     */
    public LeastSquares(
            NDManager owner,
            long inputs,
            long outputs,
            @Nullable Patches patches,
            long scratchBytes) {
        this.patches = patches;
        this.scratchBytes = scratchBytes;
        manager = owner.newSubManager();
        none = manager.create(new Shape(0));
        h = zeros(inputs + 1, inputs + 1);
        g = zeros(inputs + 1, outputs);
        total = zeros(outputs);
    }

    /** Returns the TorchScript module of the operators. */
    static TorchModule module() {
        return SCRIPT.get();
    }

    private NDArray zeros(long... size) {
        return call("zeros", none, size);
    }

    private NDArray call(String method, Object... arguments) {
        return SCRIPT.get().call(manager, method, arguments).singletonOrThrow();
    }

    /**
     * Returns the memory size of a layer's sums.
     *
     * @param inputs the number of inputs
     * @param outputs the number of outputs
     * @return the number of bytes
     */
    public static long getBytes(long inputs, long outputs) {
        return FLOAT64_BYTES * (inputs + 1) * (inputs + 1 + outputs);
    }

    /**
     * Adds a call of the layer.
     *
     * @param input the input of the layer
     * @param output the target output for this input
     * @param bias the dense bias that is part of the output; null if there is none
     * @param positions the positions of the call to add, in increasing order; null for all
     */
    public void add(
            NDArray input, NDArray output, @Nullable NDArray bias, long @Nullable [] positions) {
        if (positions == null) {
            add(input, output, bias, none);
        } else if (positions.length > 0) {
            try (NDArray picked = manager.create(positions)) {
                add(input, output, bias, picked);
            }
        }
    }

    private void add(NDArray input, NDArray output, @Nullable NDArray bias, NDArray picked) {
        NDArray subtracted = bias == null ? none : bias;
        long inputs = h.getShape().get(0);
        long width = inputs + g.getShape().get(1);
        long atOnce = Math.max(1, scratchBytes / (2 * FLOAT64_BYTES * width));
        if (patches == null) {
            call("add_linear", h, g, total, input, output, subtracted, picked, atOnce).close();
        } else {
            long eachSample =
                    output.getShape().size() / output.getShape().get(0) / output.getShape().get(1);
            call(
                            "add_patches",
                            h,
                            g,
                            total,
                            input,
                            output,
                            subtracted,
                            picked,
                            patches.kernel(),
                            patches.dilation(),
                            patches.padding(),
                            patches.stride(),
                            Math.max(1, atOnce / Math.max(1, eachSample)))
                    .close();
        }
    }

    /**
     * Copies the sums to the heap.
     *
     * @return the sums
     */
    public NormalSums getSums() {
        return new NormalSums(read(h), read(g), read(total));
    }

    /**
     * Adds sums that were computed elsewhere. Sums that are still empty then have the same bits.
     *
     * @param sums the sums, of a layer of the same size
     * @throws IllegalArgumentException if the sizes differ
     */
    public void add(NormalSums sums) {
        checkSize("h", h, sums.h());
        checkSize("g", g, sums.g());
        checkSize("total", total, sums.total());
        add(h, sums.h());
        add(g, sums.g());
        add(total, sums.total());
    }

    private double[][] read(NDArray sum) {
        long size = sum.getShape().size();
        double[][] bands = new double[Math.toIntExact((size + BAND - 1) / BAND)][];
        for (int i = 0; i < bands.length; i++) {
            long first = (long) i * BAND;
            try (NDArray band = call("band", sum, first, Math.min(BAND, size - first))) {
                bands[i] = band.toDoubleArray();
            }
        }
        return bands;
    }

    private static void checkSize(String name, NDArray sum, double[][] bands) {
        long size = 0;
        for (double[] band : bands) {
            size += band.length;
        }
        if (size != sum.getShape().size()) {
            throw new IllegalArgumentException(
                    name + " of " + size + " numbers: must have " + sum.getShape().size());
        }
    }

    private void add(NDArray sum, double[][] bands) {
        long first = 0;
        for (double[] values : bands) {
            try (NDArray band = manager.create(values)) {
                call("add_band", sum, band, first).close();
            }
            first += values.length;
        }
    }

    /**
     * Returns whether all added values are finite.
     *
     * @return {@code true} if they are
     */
    public boolean isFinite() {
        try (NDArray sum = h.sum();
                NDArray targets = total.sum()) {
            return Double.isFinite(sum.getDouble()) && Double.isFinite(targets.getDouble());
        }
    }

    /**
     * Returns the sum of squares of each input.
     *
     * @return one number per input
     */
    public double[] getInputSquares() {
        try (NDArray squares = call("input_squares", h)) {
            return squares.toDoubleArray();
        }
    }

    /**
     * Returns the diagonal of the inverse of the damped H. The cost of pruning an input, if all
     * others compensate for it as well as possible, is the weight's square divided by this value.
     *
     * @param damping the amount added to the diagonal, as a share of its mean
     * @return one number per input
     * @throws EngineException if the sums are not finite
     */
    public double[] getInverseDiagonal(double damping) {
        try (NDArray diagonal = call("inverse_diagonal", h, damping)) {
            return diagonal.toDoubleArray();
        }
    }

    /**
     * Finds the kept weights of least squared error. Damping pulls them towards the given weights,
     * so it never pulls them towards zero. It does not apply to the bias.
     *
     * @param weights the dense weights
     * @param mask {@code true} for kept weights, of the same shape
     * @param damping the amount added to the diagonal of H, as a share of its mean; positive
     * @return the weights, in float64; pruned ones are zero. The array is attached to the sums'
     *     manager; close it
     * @throws EngineException if the sums are not finite
     */
    public NDArray solve(NDArray weights, NDArray mask, double damping) {
        return call("solve", h, g, weights, mask, damping, scratchBytes);
    }

    /**
     * Returns the relative error of the output for given weights.
     *
     * @param weights the weights
     * @return the Frobenius norm of the difference between outputs and targets, divided by that of
     *     the targets; 0 if both are 0
     */
    public double getRelativeError(NDArray weights) {
        try (NDArray sums = call("error", h, g, total, weights)) {
            double[] values = sums.toDoubleArray();
            return values[0] == 0 ? 0 : Math.sqrt(values[0] / values[1]);
        }
    }

    /** Frees the sums. */
    @Override
    public void close() {
        manager.close();
    }
}
