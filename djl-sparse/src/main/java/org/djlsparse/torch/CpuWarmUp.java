package org.djlsparse.torch;

import org.djlsparse.cpu.KeptGradient;
import org.djlsparse.cpu.PackedMatrix;
import org.djlsparse.cpu.PanelOps;
import org.djlsparse.cpu.PlanePanels;
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

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Runs small products until the JVM has compiled the inner loops: before, a vector is an object,
 * and a product takes a hundred times as long. Checks the results, too.
 */
final class CpuWarmUp {

    // Runs of some columns in one product, of one or two in the other.
    private static final int OUTPUTS = 64;
    private static final int INPUTS = 192;
    private static final int RAGGED = 603; // rows of several windows
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
        float[] weight = integers(random, OUTPUTS * INPUTS);
        Mask mask = maskOf(weight, INPUTS);
        SparseProducts products = new SparseProducts(ops, mask);
        FloatBuffer values = direct(weight);
        FloatBuffer input = direct(integers(random, LONG));
        FloatBuffer output = direct(new float[ROW_OUTPUTS]);
        float[] wide = integers(random, LONG * ROW_OUTPUTS);
        SparseProducts byRows = new SparseProducts(ops, maskOf(wide, LONG));
        RowMatrix few =
                byRows.packRows(byRows.packForward(direct(wide), null, Workers.NONE), Workers.NONE);
        long start = System.nanoTime();
        int allRows = ops.getLanes() * ops.getMaxVectors() * (ops.getMaxVectors() + 1) / 2;
        double flops = (double) OUTPUTS * INPUTS * allRows; // two for each of half the entries
        double best = Double.POSITIVE_INFINITY;
        long improved = start;
        List<Case> cases = new ArrayList<>();
        for (int vectors = 1; vectors <= ops.getMaxVectors(); vectors++) {
            cases.add(Case.of(random, vectors * ops.getLanes()));
        }
        cases.add(Case.of(random, RAGGED));
        while (System.nanoTime() - start < (flops / best < LEAST ? MAX_SLOW_NANOS : MAX_NANOS)
                && (flops / best < LEAST || System.nanoTime() - improved < QUIET_NANOS)) {
            double nanos = 0;
            for (Case some : cases) {
                int rows = some.rows;
                // Threads share small products out, and so no panel would be wide.
                Workers workers = rows == RAGGED ? OpenMp.INSTANCE : Workers.NONE;
                RowPanels x = rows(some.x, INPUTS);
                RowPanels y = rows(some.y, OUTPUTS);
                PackedMatrix packed = products.packForward(values, null, workers);
                long begin = System.nanoTime();
                packed.multiply(x, rows, y, null, workers);
                nanos += rows == RAGGED ? 0 : System.nanoTime() - begin;
                if (!isProduct(some, weight, mask)) {
                    return "gives wrong products";
                }
                PackedMatrix transposed = products.packInputGradient(values, null, workers);
                transposed.multiply(y, rows, rows(some.dx, INPUTS), null, workers);
                // Where the same loops read images, too, they are compiled for both.
                PlanePanels planes = planes(some.y, OUTPUTS);
                transposed.multiply(planes, rows, planes(some.dx, INPUTS), null, workers);
                KeptGradient gradient = products.getWeightGradient(rows);
                gradient.multiply(x, y, rows, some.dw, workers);
                gradient.multiply(planes(some.x, INPUTS), planes, rows, some.dw, workers);
                if (few != null) {
                    few.multiply(input, 1, output, null, workers);
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

    /** A number of rows, and memory for products with them. */
    private record Case(int rows, FloatBuffer x, FloatBuffer y, FloatBuffer dx, FloatBuffer dw) {

        static Case of(Random random, int rows) {
            return new Case(
                    rows,
                    direct(integers(random, rows * INPUTS)),
                    direct(new float[rows * OUTPUTS]),
                    direct(new float[rows * INPUTS]),
                    direct(new float[OUTPUTS * INPUTS]));
        }
    }

    private static Mask maskOf(float[] weight, int inputs) {
        WeightShape shape = WeightShape.of(weight.length / inputs, inputs);
        return MaskSolver.enumeration().solve(weight, shape, NmPattern.of(2, 4));
    }

    /** As PyTorch's memory comes to Java. */
    private static FloatBuffer direct(float[] values) {
        return ByteBuffer.allocateDirect(Float.BYTES * values.length)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(0, values);
    }

    private static RowPanels rows(FloatBuffer values, int columns) {
        return new RowPanels(values, values.capacity() / columns, columns);
    }

    private static PlanePanels planes(FloatBuffer values, int channels) {
        return new PlanePanels(values, 1, channels, values.capacity() / channels);
    }

    /** Whole numbers, whose sums are exact in any order. */
    private static float[] integers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 1 + random.nextInt(8);
        }
        return values;
    }

    private static boolean isProduct(Case some, float[] weight, Mask mask) {
        int row = some.rows - 1;
        for (int output = 0; output < OUTPUTS; output++) {
            float sum = 0;
            for (int input = 0; input < INPUTS; input++) {
                if (mask.isKept(0, output, input)) {
                    sum += some.x.get(row * INPUTS + input) * weight[output * INPUTS + input];
                }
            }
            if (sum != some.y.get(row * OUTPUTS + output)) {
                return false;
            }
        }
        return true;
    }
}
