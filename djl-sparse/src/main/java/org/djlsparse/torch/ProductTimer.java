package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import java.util.Arrays;

/** Times what a kernel does in a training step, on the weight's device. */
class ProductTimer {

    private static final int WARM_UP = 3; // what is compiled and looked for at first use
    private static final int SAMPLES = 5;
    private static final long SAMPLE_NANOS = 2_000_000; // long against a device's answer

    /** Packs the weight and runs both products, each at least a dozen times. */
    KernelChoice.Trial time(LinearKernel kernel, NDArray weight, long rows) {
        Shape shape = weight.getShape();
        try (NDManager manager = weight.getManager().newSubManager(weight.getDevice());
                NDArray stopped = weight.stopGradient();
                PackedWeight packed = kernel.pack(stopped, manager)) {
            NDArray x = manager.randomNormal(new Shape(rows, shape.get(1)));
            NDArray dy = manager.randomNormal(new Shape(rows, shape.get(0)));
            return new KernelChoice.Trial(
                    kernel,
                    null,
                    median(x, () -> kernel.pack(stopped, manager).close()),
                    median(x, () -> packed.multiply(x, null).close()),
                    median(x, () -> packed.inputGradient(dy).close()));
        }
    }

    private static double median(NDArray x, Runnable work) {
        run(x, work, WARM_UP);
        long once = Math.max(1, run(x, work, 1));
        int calls = (int) Math.max(2, SAMPLE_NANOS / once);
        double[] samples = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            samples[i] = (double) run(x, work, calls) / calls;
        }
        Arrays.sort(samples);
        return samples[SAMPLES / 2];
    }

    /** Runs work a number of times and waits until the device has done it. */
    private static long run(NDArray x, Runnable work, int calls) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            work.run();
        }
        // A device works in order: what is asked for last comes after all else.
        try (NDArray flat = x.flatten();
                NDArray entry = flat.get(0)) {
            entry.getFloat();
        }
        return System.nanoTime() - start;
    }
}
