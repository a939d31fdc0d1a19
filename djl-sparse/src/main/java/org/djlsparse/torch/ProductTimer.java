package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** Times what a layer does, on the weight's device and on random inputs. */
class ProductTimer {

    private static final int WARM_UP = 3; // what is compiled and looked for at first use
    private static final int SAMPLES = 5;
    private static final long SAMPLE_NANOS = 2_000_000; // long against a device's answer

    /** Times a kernel's products alone. */
    KernelTrial time(ScriptKernel kernel, NDArray matrix, long rows, boolean training) {
        Shape shape = matrix.getShape();
        try (NDManager manager = matrix.getManager().newSubManager(matrix.getDevice());
                NDArray stopped = matrix.stopGradient()) {
            NDArray x = random(manager, stopped, new Shape(rows, shape.get(1)));
            NDArray dy = random(manager, stopped, new Shape(rows, shape.get(0)));
            long forward = 0;
            long inputGradient = 0;
            if (kernel.hasAlgorithms()) {
                try (PackedWeight packed = kernel.pack(stopped, manager)) {
                    forward = packed.searchForward(x);
                    inputGradient = training ? packed.searchInputGradient(dy) : 0;
                }
            }
            TunedKernel tuned = new TunedKernel(kernel, kernel, forward, inputGradient);
            try (PackedWeight packed = tuned.pack(stopped, manager)) {
                return new KernelTrial(
                        kernel,
                        null,
                        median(x, () -> packed.multiply(x, null)),
                        training ? median(x, () -> packed.inputGradient(dy)) : 0,
                        forward,
                        inputGradient);
            }
        }
    }

    /**
     * Times a layer: in training the forward and the backward pass, packing included.
     *
     * @param kernel runs its products; null to run it as DJL does
     */
    double step(
            ProductForm form,
            @Nullable LinearKernel kernel,
            NDArray weight,
            Shape input,
            boolean training) {
        boolean recording = JniUtils.isGradMode();
        JniUtils.setGradMode(training);
        try (NDManager manager = weight.getManager().newSubManager(weight.getDevice())) {
            NDArray w = weight.stopGradient();
            w.attach(manager);
            NDArray x = random(manager, w, input);
            return training
                    ? median(x, step(form, kernel, w, x, manager))
                    : predict(form, kernel, w, x, manager);
        } finally {
            JniUtils.setGradMode(recording);
        }
    }

    private static Runnable step(
            ProductForm form,
            @Nullable LinearKernel kernel,
            NDArray weight,
            NDArray x,
            NDManager manager) {
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        GradientHooks hooks = new GradientHooks();
        NDArray dy;
        try (NDArray y = form.plain(x, weight, null)) {
            dy = random(manager, y, y.getShape());
        }
        return () -> {
            NDArray y;
            if (kernel == null) {
                y = form.plain(x, weight, null);
            } else {
                NDArray matrix = form.toMatrix(weight);
                try (PackedWeight packed = kernel.pack(matrix, manager)) {
                    NDArray rows = form.toRows(x);
                    y = form.fromRows(LinearFunction.linear(packed, rows, matrix, null, hooks));
                }
            }
            LinearOps.module().callWithGradients("backward", y, dy, x, weight);
            hooks.check();
        };
    }

    private static double predict(
            ProductForm form,
            @Nullable LinearKernel kernel,
            NDArray weight,
            NDArray x,
            NDManager manager) {
        if (kernel == null) {
            return median(x, () -> form.plain(x, weight, null));
        }
        try (PackedWeight packed = kernel.pack(form.toMatrix(weight), manager)) {
            return median(x, () -> form.fromRows(packed.multiply(form.toRows(x), null)));
        }
    }

    private static NDArray random(NDManager manager, NDArray like, Shape shape) {
        return manager.randomNormal(0, 1, shape, like.getDataType());
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
            try (NDScope results = new NDScope()) {
                results.suppressNotUsedWarning();
                work.run();
            }
        }
        // A device works in order: what is asked for last comes after all else.
        try (NDArray seen = x.stopGradient();
                NDArray flat = seen.flatten();
                NDArray entry = flat.get(0)) {
            entry.getFloat();
        }
        return System.nanoTime() - start;
    }
}
