package org.djlsparse.internal.torch;

import org.djlsparse.internal.cpu.KeptGradient;
import org.djlsparse.internal.cpu.PackedMatrix;
import org.djlsparse.internal.cpu.PanelOps;
import org.djlsparse.internal.cpu.PlanePanels;
import org.djlsparse.internal.cpu.RowMatrix;
import org.djlsparse.internal.cpu.RowPanels;
import org.djlsparse.internal.cpu.SparseProducts;
import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.internal.cpu.Workers;
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
 * A warm-up that runs small products until the JVM has compiled the inner loops, and checks the
 * results. Before compilation, each vector is an object, and a product takes a hundred times as
 * long.
 *
 * <p>It begins with a few tiny products of all kinds, because all vectors share methods of the
 * Vector API. If C2 compiles one of these methods before it has met all operations, the next new
 * operation discards the compiled code, and C2 counts this wherever the method is inlined. A loop
 * of 24 multiply-adds then exceeds C2's limit of such events, and its vectors stay objects for as
 * long as the JVM runs.
 */
final class CpuWarmUp {

    private static final int OUTPUTS = 64;
    private static final int INPUTS = 192;
    private static final int RAGGED = 603; // rows of several windows
    private static final int TINY = 16;
    private static final int TINY_ROUNDS = 20; // too few for C2
    private static final int LONG = 1024; // inputs of products with one row
    private static final long MAX_NANOS = 10_000_000_000L;
    private static final long MAX_SLOW_NANOS = 60_000_000_000L; // a busy machine compiles late
    private static final long QUIET_NANOS = 500_000_000;
    private static final double LEAST = 1; // GFLOP/s; compiled loops reach fifty times as much

    private CpuWarmUp() {}

    /** Returns the reason why the loops are not usable here, or null if they are. */
    static @Nullable String run() {
        PanelOps ops = VectorLoops.get();
        Random random = new Random(1);
        Layer tiny = Layer.of(ops, random, TINY, TINY);
        Rows few = Rows.of(tiny, random, ops.getLanes());
        for (int i = 0; i < TINY_ROUNDS; i++) {
            tiny.multiply(few);
            tiny.backward(few);
            tiny.predict(few);
        }
        Layer layer = Layer.of(ops, random, OUTPUTS, INPUTS);
        List<Rows> all = new ArrayList<>();
        for (int vectors = 1; vectors <= ops.getMaxVectors(); vectors++) {
            all.add(Rows.of(layer, random, vectors * ops.getLanes()));
        }
        all.add(Rows.of(layer, random, RAGGED));
        Layer single = Layer.of(ops, random, TINY, LONG);
        Rows row = Rows.of(single, random, 1);
        return run(layer, all, single, row);
    }

    private static @Nullable String run(Layer layer, List<Rows> all, Layer single, Rows row) {
        double flops = 0;
        for (Rows rows : all) {
            flops += (double) OUTPUTS * INPUTS * rows.count; // two for each of half the entries
        }
        long start = System.nanoTime();
        double best = Double.POSITIVE_INFINITY;
        long improved = start;
        while (System.nanoTime() - start < (flops / best < LEAST ? MAX_SLOW_NANOS : MAX_NANOS)
                && (flops / best < LEAST || System.nanoTime() - improved < QUIET_NANOS)) {
            double nanos = 0;
            for (Rows rows : all) {
                nanos += layer.multiply(rows);
                if (!layer.isProduct(rows)) {
                    return "computes wrong products";
                }
                layer.backward(rows);
                single.predict(row);
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
                        "runs at %.2f GFLOP/s: the JVM does not vectorize its loops",
                        speed);
    }

    /** The memory of a layer's products with a number of rows. */
    private record Rows(int count, FloatBuffer x, FloatBuffer y, FloatBuffer dx, FloatBuffer dw) {

        static Rows of(Layer layer, Random random, int count) {
            return new Rows(
                    count,
                    direct(integers(random, count * layer.inputs)),
                    direct(new float[count * layer.outputs]),
                    direct(new float[count * layer.inputs]),
                    direct(new float[layer.outputs * layer.inputs]));
        }

        /**
         * Returns the threads to use. Threads divide a small product among themselves, so that no
         * panel would be wide.
         */
        Workers workers() {
            return count == RAGGED ? OpenMp.INSTANCE : Workers.NONE;
        }
    }

    /** A layer with a 2:4 mask. */
    private record Layer(
            int outputs,
            int inputs,
            FloatBuffer weight,
            Mask mask,
            SparseProducts products,
            @Nullable RowMatrix few) {

        static Layer of(PanelOps ops, Random random, int outputs, int inputs) {
            float[] values = integers(random, outputs * inputs);
            WeightShape shape = WeightShape.of(outputs, inputs);
            Mask mask = MaskSolver.enumeration().solve(values, shape, NmPattern.of(2, 4));
            SparseProducts products = new SparseProducts(ops, mask);
            FloatBuffer weight = direct(values);
            PackedMatrix packed = products.packForward(weight, null, Workers.NONE);
            RowMatrix few = products.packRows(packed, Workers.NONE);
            return new Layer(outputs, inputs, weight, mask, products, few);
        }

        /** Runs the forward product and returns its time without packing. */
        long multiply(Rows rows) {
            Workers workers = rows.workers();
            PackedMatrix packed = products.packForward(weight, null, workers);
            RowPanels x = panels(rows.x, inputs);
            RowPanels y = panels(rows.y, outputs);
            long begin = System.nanoTime();
            packed.multiply(x, rows.count, y, null, workers);
            return System.nanoTime() - begin;
        }

        /** Computes both gradients, with y as its own gradient. */
        void backward(Rows rows) {
            Workers workers = rows.workers();
            PackedMatrix packed = products.packInputGradient(weight, null, workers);
            RowPanels dy = panels(rows.y, outputs);
            packed.multiply(dy, rows.count, panels(rows.dx, inputs), null, workers);
            KeptGradient gradient = products.getWeightGradient(rows.count);
            gradient.multiply(panels(rows.x, inputs), dy, rows.count, rows.dw, workers);
            // The same loops also read images, so they are compiled for both.
            PlanePanels planes = planes(rows.y, outputs);
            packed.multiply(planes, rows.count, planes(rows.dx, inputs), null, workers);
            gradient.multiply(planes(rows.x, inputs), planes, rows.count, rows.dw, workers);
        }

        /** Runs the forward product with one row. */
        void predict(Rows rows) {
            if (few != null) {
                few.multiply(rows.x, 1, rows.y, null, Workers.NONE);
            }
        }

        /** Returns whether the last row of the forward product is correct. */
        boolean isProduct(Rows rows) {
            int row = rows.count - 1;
            for (int output = 0; output < outputs; output++) {
                float sum = 0;
                for (int input = 0; input < inputs; input++) {
                    if (mask.isKept(0, output, input)) {
                        sum +=
                                rows.x.get(row * inputs + input)
                                        * weight.get(output * inputs + input);
                    }
                }
                if (sum != rows.y.get(row * outputs + output)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Returns the kind of buffer by which Java accesses PyTorch's memory. */
    private static FloatBuffer direct(float[] values) {
        return ByteBuffer.allocateDirect(Float.BYTES * values.length)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(0, values);
    }

    private static RowPanels panels(FloatBuffer values, int columns) {
        return new RowPanels(values, values.capacity() / columns, columns);
    }

    private static PlanePanels planes(FloatBuffer values, int channels) {
        return new PlanePanels(values, 1, channels, values.capacity() / channels);
    }

    /** Returns whole numbers, whose sums are exact in any order. */
    private static float[] integers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 1 + random.nextInt(8);
        }
        return values;
    }
}
