package org.djlsparse.torch;

import org.djlsparse.cpu.PackedMatrix;
import org.djlsparse.cpu.PanelOps;
import org.djlsparse.cpu.RowMatrix;
import org.djlsparse.cpu.RowPanels;
import org.djlsparse.cpu.SparseProducts;
import org.djlsparse.cpu.VectorLoops;
import org.djlsparse.cpu.Workers;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.Random;

/**
 * Runs small products until the JVM has compiled the inner loops: before, a vector is an object,
 * and a product takes a hundred times as long. Checks the results, too.
 */
final class CpuWarmUp {

    private static final int SIZE = 64;
    private static final int LONG = 1024; // for products with one row
    private static final int ROW_OUTPUTS = 16;
    private static final long MAX_NANOS = 10_000_000_000L;
    private static final long MAX_SLOW_NANOS = 60_000_000_000L; // a busy machine compiles late
    private static final long QUIET_NANOS = 500_000_000;
    private static final double LEAST = 1; // GFLOP/s; compiled loops reach fifty times as much

    private CpuWarmUp() {}

    /** Returns why the loops are of no use here, or null if they are. */
    static @Nullable String run() {
        PanelOps ops = VectorLoops.get();
        Random random = new Random(1);
        float[] weight = integers(random, SIZE * SIZE);
        Mask mask = maskOf(weight, SIZE);
        SparseProducts products = new SparseProducts(ops, mask);
        FloatBuffer values = FloatBuffer.wrap(weight);
        float[] row = integers(random, LONG);
        float[] wide = integers(random, LONG * ROW_OUTPUTS);
        SparseProducts byRows = new SparseProducts(ops, maskOf(wide, LONG));
        RowMatrix few =
                byRows.packRows(
                        byRows.packForward(FloatBuffer.wrap(wide), null, Workers.NONE),
                        Workers.NONE);
        long start = System.nanoTime();
        int allRows = ops.getLanes() * ops.getMaxVectors() * (ops.getMaxVectors() + 1) / 2;
        double flops = (double) SIZE * SIZE * allRows; // two for each entry kept, of half of them
        double best = Double.POSITIVE_INFINITY;
        long improved = start;
        while (System.nanoTime() - start < (flops / best < LEAST ? MAX_SLOW_NANOS : MAX_NANOS)
                && (flops / best < LEAST || System.nanoTime() - improved < QUIET_NANOS)) {
            double nanos = 0;
            for (int vectors = 1; vectors <= ops.getMaxVectors(); vectors++) {
                int rows = vectors * ops.getLanes();
                float[] x = integers(random, rows * SIZE);
                float[] y = new float[rows * SIZE];
                float[] dx = new float[rows * SIZE];
                float[] dw = new float[SIZE * SIZE];
                PackedMatrix packed = products.packForward(values, null, Workers.NONE);
                long begin = System.nanoTime();
                packed.multiply(panels(x, rows), rows, panels(y, rows), null, Workers.NONE);
                nanos += System.nanoTime() - begin;
                products.packInputGradient(values, null, Workers.NONE)
                        .multiply(panels(x, rows), rows, panels(dx, rows), null, Workers.NONE);
                products.getWeightGradient(rows)
                        .multiply(
                                panels(x, rows),
                                panels(x, rows),
                                rows,
                                FloatBuffer.wrap(dw),
                                Workers.NONE);
                if (few != null) {
                    few.multiply(
                            FloatBuffer.wrap(row), 1, FloatBuffer.wrap(dw), null, Workers.NONE);
                }
                if (!isProduct(x, weight, mask, y, rows)) {
                    return "gives wrong products";
                }
            }
            if (nanos < best * 0.9) {
                improved = System.nanoTime();
            }
            best = Math.min(best, nanos);
        }
        double speed = flops / best;
        return speed >= LEAST
                ? null
                : String.format(
                        Locale.ROOT,
                        "runs at %.2f GFLOP/s: the JVM does not compile to vectors here",
                        speed);
    }

    private static Mask maskOf(float[] weight, int inputs) {
        WeightShape shape = WeightShape.of(weight.length / inputs, inputs);
        return MaskSolver.enumeration().solve(weight, shape, NmPattern.of(2, 4));
    }

    private static RowPanels panels(float[] values, int rows) {
        return new RowPanels(FloatBuffer.wrap(values), rows, SIZE);
    }

    /** Whole numbers, whose sums are exact in any order. */
    private static float[] integers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 1 + random.nextInt(8);
        }
        return values;
    }

    private static boolean isProduct(float[] x, float[] weight, Mask mask, float[] y, int rows) {
        int row = rows - 1;
        for (int output = 0; output < SIZE; output++) {
            float sum = 0;
            for (int input = 0; input < SIZE; input++) {
                if (mask.isKept(0, output, input)) {
                    sum += x[row * SIZE + input] * weight[output * SIZE + input];
                }
            }
            if (sum != y[row * SIZE + output]) {
                return false;
            }
        }
        return true;
    }
}
