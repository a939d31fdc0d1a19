package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A masked weight {@code [out, in]} with an input and a gradient, and their products in double
 * precision.
 *
 * @param mask the weight's mask
 * @param weight the weight, including pruned entries
 * @param rows the rows of input and gradient
 * @param x the input, {@code [rows, in]}
 * @param dy the gradient of the forward product, {@code [rows, out]}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MaskedProduct(Mask mask, float[] weight, int rows, float[] x, float[] dy) {

    /** The difference between two roundings of the same sum, per term. */
    private static final double ROUNDING = 0x1p-23;

    /** A scratch size far above that of a small product. */
    private static final int SOILED = 1 << 15;

    /**
     * A sum of products.
     *
     * @param value the sum
     * @param tolerance the allowed difference of a sum in single precision; 0 if the sum is not
     *     finite
     */
    record Sum(double value, double tolerance) {

        boolean allows(float actual) {
            return Double.isFinite(value)
                    ? Math.abs(actual - value) <= tolerance
                    : Double.compare(actual, value) == 0;
        }
    }

    /** A sum of products, in double precision. */
    private static final class Adder {
        private double value;
        private double magnitude;
        private int terms = 1;

        void add(double product) {
            value += product;
            magnitude += Math.abs(product);
            terms++;
        }

        Sum sum() {
            return new Sum(value, terms * (ROUNDING * magnitude + Float.MIN_VALUE));
        }
    }

    int outputs() {
        return mask.getShape().rows();
    }

    int inputs() {
        return mask.getShape().columns();
    }

    /** Returns an entry of {@code x W^T + bias}. */
    Sum forward(int row, int output, float @Nullable [] bias) {
        Adder adder = new Adder();
        if (bias != null) {
            adder.add(bias[output]);
        }
        for (int input = 0; input < inputs(); input++) {
            if (mask.isKept(0, output, input)) {
                adder.add((double) x[row * inputs() + input] * weight(output, input));
            }
        }
        return adder.sum();
    }

    /** Returns an entry of {@code dY W}. */
    Sum inputGradient(int row, int input) {
        Adder adder = new Adder();
        for (int output = 0; output < outputs(); output++) {
            if (mask.isKept(0, output, input)) {
                adder.add((double) dy[row * outputs() + output] * weight(output, input));
            }
        }
        return adder.sum();
    }

    /** Returns an entry of {@code dY^T x}; exactly zero for pruned entries. */
    Sum weightGradient(int output, int input) {
        if (!mask.isKept(0, output, input)) {
            return new Sum(0, 0);
        }
        Adder adder = new Adder();
        for (int row = 0; row < rows; row++) {
            adder.add((double) dy[row * outputs() + output] * x[row * inputs() + input]);
        }
        return adder.sum();
    }

    private float weight(int output, int input) {
        return weight[output * inputs() + input];
    }

    /**
     * The results of the kernel.
     *
     * @param y the forward product
     * @param dx the gradient of the input
     * @param dw the gradient of the weight
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Results(float[] y, float[] dx, float[] dw) {}

    Results run(PanelOps ops, float @Nullable [] bias, Workers workers) {
        SparseProducts products = new SparseProducts(ops, mask);
        FloatBuffer values = FloatBuffer.wrap(weight);
        soilScratch();
        PackedMatrix forward = products.packForward(values, null, workers);
        soilScratch();
        PackedMatrix inputGradient = products.packInputGradient(values, null, workers);
        return run(products, forward, inputGradient, bias, workers);
    }

    Results run(
            SparseProducts products,
            PackedMatrix forward,
            PackedMatrix inputGradient,
            float @Nullable [] bias,
            Workers workers) {
        // Entries that are not written remain visible.
        float[] y = unwritten(rows * outputs());
        float[] dx = unwritten(rows * inputs());
        float[] dw = unwritten(weight.length);
        RowPanels input = rows(x, inputs());
        RowPanels gradient = rows(dy, outputs());
        soilScratch();
        forward.multiply(input, rows, rows(y, outputs()), bias, workers);
        soilScratch();
        inputGradient.multiply(gradient, rows, rows(dx, inputs()), null, workers);
        soilScratch();
        products.getWeightGradient(rows)
                .multiply(input, gradient, rows, FloatBuffer.wrap(dw), workers);
        return new Results(y, dx, dw);
    }

    /**
     * Runs the kernel with input, gradient and results transposed in memory, and returns the usual
     * results.
     */
    Results runTransposed(PanelOps ops, float @Nullable [] bias, Workers workers) {
        SparseProducts products = new SparseProducts(ops, mask);
        FloatBuffer values = FloatBuffer.wrap(weight);
        float[] y = unwritten(rows * outputs());
        float[] dx = unwritten(rows * inputs());
        float[] dw = unwritten(weight.length);
        PlanePanels input = planes(transpose(x, rows, inputs()), inputs());
        PlanePanels gradient = planes(transpose(dy, rows, outputs()), outputs());
        products.packForward(values, null, workers)
                .multiply(input, rows, planes(y, outputs()), bias, workers);
        products.packInputGradient(values, null, workers)
                .multiply(gradient, rows, planes(dx, inputs()), null, workers);
        products.getWeightGradient(rows)
                .multiply(input, gradient, rows, FloatBuffer.wrap(dw), workers);
        return new Results(transpose(y, outputs(), rows), transpose(dx, inputs(), rows), dw);
    }

    RowPanels rows(float[] values, int columns) {
        return new RowPanels(FloatBuffer.wrap(values), rows, columns);
    }

    private PlanePanels planes(float[] values, int columns) {
        return new PlanePanels(FloatBuffer.wrap(values), 1, columns, rows);
    }

    /**
     * Fills the scratch memory, because values from earlier products of the thread must not matter.
     */
    private static void soilScratch() {
        Scratch scratch = Scratch.get();
        for (float[] left :
                new float[][] {
                    scratch.operands(SOILED),
                    scratch.results(SOILED),
                    scratch.sums(SOILED),
                    scratch.lines(SOILED)
                }) {
            Arrays.fill(left, 0, SOILED, Float.NaN);
        }
    }

    private static float[] unwritten(int size) {
        float[] values = new float[size];
        Arrays.fill(values, Float.NaN);
        return values;
    }

    private static float[] transpose(float[] values, int rows, int columns) {
        float[] result = new float[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                result[column * rows + row] = values[row * columns + column];
            }
        }
        return result;
    }
}
