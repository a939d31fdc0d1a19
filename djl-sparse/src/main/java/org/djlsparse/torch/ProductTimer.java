package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReference;

/** Times what a layer does, on the weight's device and on random inputs. */
class ProductTimer {

    private static final int WARM_UP = 3; // what is compiled and looked for at first use
    private static final int SAMPLES = 5;
    private static final int LONG_SAMPLES = 3;
    private static final long SAMPLE_NANOS = 2_000_000; // long against a device's answer
    private static final long LONG_NANOS = 20_000_000; // noise is small against this

    /** Times a kernel's products alone. */
    KernelTrial time(LinearKernel kernel, LayerProduct layer, Shape input, boolean training) {
        try (NDManager manager = newManager(layer)) {
            LayerProduct product = within(manager, layer);
            NDArray weight = product.weight();
            ProductForm form = product.form();
            boolean own = kernel == CpuKernel.INSTANCE || form.reasonAgainstRows() != null;
            Shape inputs = own ? input : new Shape(form.countRows(input), product.inputs());
            Shape outputs =
                    own
                            ? form.outputShape(input, product.outputs())
                            : new Shape(form.countRows(input), product.outputs());
            NDArray x = random(manager, weight, inputs);
            NDArray dy = random(manager, weight, outputs);
            long forward = 0;
            long inputGradient = 0;
            if (kernel instanceof ScriptKernel script && script.hasAlgorithms()) {
                try (ScriptPackedWeight packed = script.packRows(product.matrix(), manager)) {
                    forward = packed.searchForward(x);
                    inputGradient = training ? packed.searchInputGradient(dy) : 0;
                }
            }
            TunedKernel tuned = new TunedKernel(kernel, kernel, kernel, forward, inputGradient);
            try (PackedWeight packed = tuned.pack(product, null, manager)) {
                return new KernelTrial(
                        kernel,
                        null,
                        least(x, () -> packed.multiply(x, null)),
                        training ? least(x, () -> packed.inputGradient(dy, inputs)) : 0,
                        training ? least(x, () -> packed.weightGradient(dy, x)) : 0,
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
    double step(LayerProduct layer, @Nullable LinearKernel kernel, Shape input, boolean training) {
        boolean recording = JniUtils.isGradMode();
        JniUtils.setGradMode(training);
        try (NDManager manager = newManager(layer)) {
            LayerProduct product = within(manager, layer);
            NDArray w = product.weight();
            NDArray x = random(manager, w, input);
            return training
                    ? least(x, step(product, kernel, w, x, manager))
                    : predict(product, kernel, w, x, manager);
        } finally {
            JniUtils.setGradMode(recording);
        }
    }

    private static Runnable step(
            LayerProduct product,
            @Nullable LinearKernel kernel,
            NDArray weight,
            NDArray x,
            NDManager manager) {
        ProductForm form = product.form();
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        GradientHooks hooks = new GradientHooks();
        NDArray dy;
        try (NDArray y = form.plain(x, weight, null)) {
            dy = random(manager, y, y.getShape());
        }
        AtomicReference<@Nullable PackedWeight> previous = new AtomicReference<>();
        return () -> {
            NDArray y;
            if (kernel == null) {
                y = form.plain(x, weight, null);
            } else {
                PackedWeight last = previous.get();
                try (PackedWeight packed = kernel.pack(product, last, manager)) {
                    y = LinearFunction.layer(packed, form, x, weight, null, hooks);
                    previous.set(packed);
                }
            }
            LinearOps.module().callWithGradients("backward", y, dy, x, weight);
            hooks.check();
        };
    }

    private static double predict(
            LayerProduct product,
            @Nullable LinearKernel kernel,
            NDArray weight,
            NDArray x,
            NDManager manager) {
        ProductForm form = product.form();
        if (kernel == null) {
            return least(x, () -> form.plain(x, weight, null));
        }
        GradientHooks hooks = new GradientHooks();
        try (PackedWeight packed = kernel.pack(product, null, manager)) {
            return least(x, () -> LinearFunction.layer(packed, form, x, null, null, hooks));
        }
    }

    private static NDManager newManager(LayerProduct layer) {
        NDArray weight = layer.weight();
        return weight.getManager().newSubManager(weight.getDevice());
    }

    /** The same product with the masked weight alone, all of which ends with a manager. */
    private static LayerProduct within(NDManager manager, LayerProduct layer) {
        NDArray weight = layer.masked().get().stopGradient();
        weight.attach(manager);
        return new LayerProduct(
                layer.form(), weight, () -> weight, layer.mask(), layer.keptGradient());
    }

    private static NDArray random(NDManager manager, NDArray like, Shape shape) {
        return manager.randomNormal(0, 1, shape, like.getDataType());
    }

    /** The least of a few times: whatever else the machine does only adds. */
    private static double least(NDArray x, Runnable work) {
        long once = Math.max(1, run(x, work, 1));
        for (int i = 1; i <= WARM_UP && once < LONG_NANOS; i++) {
            once = Math.max(1, Math.min(once, run(x, work, 1)));
        }
        int calls = (int) Math.max(1, SAMPLE_NANOS / once);
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < (once > LONG_NANOS ? LONG_SAMPLES : SAMPLES); i++) {
            least = Math.min(least, (double) run(x, work, calls) / calls);
        }
        return least;
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
                NDArray entry = flat.get(0);
                NDArray number = entry.toType(DataType.FLOAT32, true)) {
            number.getFloat();
        }
        return System.nanoTime() - start;
    }
}
