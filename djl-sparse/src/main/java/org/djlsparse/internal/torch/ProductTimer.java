package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;

import org.djlsparse.internal.torch.AlgorithmSearch.Algorithms;
import org.djlsparse.kernel.KernelTrial;
import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** A timer of a layer's products, on the weight's device and on random inputs. */
class ProductTimer {

    private static final int WARM_UP = 3;
    private static final long WARM_UP_NANOS = 100_000_000;
    private static final double MUCH_FASTER = 0.9;
    private static final int SAMPLES = 5;
    private static final int LONG_SAMPLES = 3;
    static final long SAMPLE_NANOS = 2_000_000; // long compared with a device's latency
    static final long LONG_NANOS = 20_000_000; // noise is small compared with this

    /** Times a kernel's products alone. */
    KernelTrial time(LinearKernel kernel, LayerProduct layer, Shape input, boolean training) {
        ProductKernel implementation = ProductKernels.of(kernel);
        try (NDManager manager = newManager(layer)) {
            LayerProduct product = within(manager, layer);
            NDArray weight = product.weight();
            ProductForm form = product.form();
            boolean own = implementation == CpuKernel.INSTANCE || form.reasonAgainstRows() != null;
            Shape inputs = own ? input : new Shape(form.countRows(input), product.inputs());
            Shape outputs =
                    own
                            ? form.outputShape(input, product.outputs())
                            : new Shape(form.countRows(input), product.outputs());
            NDArray x = random(manager, weight, inputs);
            NDArray dy = random(manager, weight, outputs);
            Algorithms algorithms = new Algorithms(0, 0);
            if (implementation instanceof ScriptKernel script && script.needsPattern()) {
                algorithms =
                        new AlgorithmSearch(script, product.matrix()).find(x, training ? dy : null);
            }
            TunedKernel tuned =
                    new TunedKernel(
                            implementation,
                            implementation,
                            implementation,
                            algorithms.forward(),
                            algorithms.inputGradient());
            try (PackedWeight packed = tuned.pack(product, null, manager)) {
                return new KernelTrial(
                        kernel,
                        null,
                        least(x, () -> packed.multiply(x, null)),
                        training ? least(x, () -> packed.inputGradient(dy, inputs)) : 0,
                        training ? least(x, () -> packed.weightGradient(dy, x)) : 0,
                        algorithms.forward(),
                        algorithms.inputGradient());
            }
        }
    }

    /**
     * Times a layer: in training the forward and the backward pass, including packing. The layer
     * runs as in DJL and with each kernel in turns, so that other load on the machine affects all
     * of them alike.
     *
     * @param kernels the kernels to run its products with
     * @return the median time as in DJL; then, for each kernel, this median multiplied by the
     *     kernel's median ratio to DJL within a turn, or infinity if it failed
     * @throws EngineException if the layer fails without a kernel
     */
    double[] steps(
            LayerProduct layer,
            List<? extends ProductKernel> kernels,
            Shape input,
            boolean training) {
        boolean recording = JniUtils.isGradMode();
        JniUtils.setGradMode(training);
        try (NDManager manager = newManager(layer)) {
            LayerProduct product = within(manager, layer);
            NDArray x = random(manager, product.weight(), input);
            List<Runnable> works = new ArrayList<>();
            works.add(work(product, null, x, manager, training));
            for (ProductKernel kernel : kernels) {
                works.add(work(product, kernel, x, manager, training));
            }
            return Turns.take(x, works);
        } finally {
            JniUtils.setGradMode(recording);
        }
    }

    private static Runnable work(
            LayerProduct product,
            @Nullable ProductKernel kernel,
            NDArray x,
            NDManager manager,
            boolean training) {
        return training
                ? step(product, kernel, x, manager)
                : prediction(product, kernel, x, manager);
    }

    private static Runnable step(
            LayerProduct product, @Nullable ProductKernel kernel, NDArray x, NDManager manager) {
        NDArray weight = product.weight();
        ProductForm form = product.form();
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        HookRegistry hooks = new HookRegistry();
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
                    y = LinearFunction.layer(packed, form, x, weight, null, hooks, null);
                    previous.set(packed);
                }
            }
            LinearOps.module().callWithGradients("backward", y, dy, x, weight);
            hooks.check();
        };
    }

    private static Runnable prediction(
            LayerProduct product, @Nullable ProductKernel kernel, NDArray x, NDManager manager) {
        NDArray weight = product.weight();
        ProductForm form = product.form();
        if (kernel == null) {
            return () -> form.plain(x, weight, null);
        }
        HookRegistry hooks = new HookRegistry();
        AtomicReference<@Nullable PackedWeight> once = new AtomicReference<>();
        return () -> {
            PackedWeight packed = once.get();
            if (packed == null) {
                packed = kernel.pack(product, null, manager); // closed with the manager
                once.set(packed);
            }
            LinearFunction.layer(packed, form, x, null, null, hooks, null);
        };
    }

    private static NDManager newManager(LayerProduct layer) {
        NDArray weight = layer.weight();
        return weight.getManager().newSubManager(weight.getDevice());
    }

    /** Returns the same product with the masked weight alone, which belongs to a manager. */
    private static LayerProduct within(NDManager manager, LayerProduct layer) {
        NDArray weight = layer.masked().get().stopGradient();
        weight.attach(manager);
        return new LayerProduct(
                layer.form(), weight, () -> weight, layer.mask(), layer.keptGradient());
    }

    private static NDArray random(NDManager manager, NDArray like, Shape shape) {
        return manager.randomNormal(0, 1, shape, like.getDataType());
    }

    /**
     * Returns the minimum of a few times, because other load on the machine can only add to them.
     */
    private static double least(NDArray x, Runnable work) {
        double once = warmUp(x, work);
        int calls = (int) Math.max(1, SAMPLE_NANOS / once);
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < (once > LONG_NANOS ? LONG_SAMPLES : SAMPLES); i++) {
            least = Math.min(least, (double) run(x, work, calls) / calls);
        }
        return least;
    }

    /**
     * Runs work until it gets no faster, because the first calls compile code and search for
     * algorithms. Returns the minimum time.
     */
    static double warmUp(NDArray x, Runnable work) {
        double least = Math.max(1, run(x, work, 1));
        double spent = least;
        for (int left = WARM_UP; left > 0 && spent < WARM_UP_NANOS; left--) {
            double once = Math.max(1, run(x, work, 1));
            spent += once;
            if (once < least * MUCH_FASTER) {
                left = WARM_UP;
            }
            least = Math.min(least, once);
        }
        return least;
    }

    /** Runs work a number of times, waits until the device has finished, and returns the time. */
    static long run(NDArray x, Runnable work, int calls) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            try (NDScope results = new NDScope()) {
                results.suppressNotUsedWarning();
                work.run();
            }
        }
        // A device works in order, so this value is available only after all else.
        try (NDArray seen = x.stopGradient();
                NDArray flat = seen.flatten();
                NDArray entry = flat.get(0);
                NDArray number = entry.toType(DataType.FLOAT32, true)) {
            number.getFloat();
        }
        return System.nanoTime() - start;
    }
}
