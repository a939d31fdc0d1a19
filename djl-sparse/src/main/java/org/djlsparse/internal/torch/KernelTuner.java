package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.text.Microseconds;
import org.djlsparse.kernel.KernelTrial;
import org.djlsparse.kernel.LayerTrials;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A chooser that benchmarks kernels and picks those with the shortest training step, or prediction,
 * of a layer. Each kernel that can serve the layer runs all products on random inputs. Then the
 * whole layer runs in turns: with the fastest kernel of each product, with each kernel for all
 * products, and dense as in DJL. Kernels are chosen only if they take at least 15% less time than
 * DJL, or 5% on a GPU.
 *
 * <p>All kernels of a tuner compute in one type, and the dense kernel of that type is one of them.
 * This separates the gain from lower precision from the gain from sparsity.
 *
 * <p>Trials run once for each form, size, type, device and number of rows, or number and size of
 * images. These numbers are rounded up to powers of two, so that inputs of ever new lengths do not
 * cause ever new trials. The trials of a layer take the time of some tens of its steps, and the
 * memory of one more step. With cuSPARSELt, they also search for algorithms, which runs all of them
 * several times, and check the ones that were found.
 *
 * <p>Thread-safe.
 */
final class KernelTuner implements ProductKernelChooser {

    /**
     * The share of time that a kernel must save. CPUs are shared, and sparse products lose more to
     * other load than dense ones: a kernel that saved 10% in a trial may cost 5% in the training
     * that follows.
     */
    private static final double MARGIN = 0.15;

    private static final double GPU_MARGIN = 0.05;

    private final String name;
    private final Function<DataType, List<LinearKernel>> candidates;
    private final ProductTimer timer;
    private final Map<Key, Tuned> trials = new ConcurrentHashMap<>();

    private record Key(
            ProductForm form,
            Device device,
            DataType type,
            long outputs,
            long inputs,
            List<Integer> sizes,
            boolean training,
            boolean keptGradient,
            @Nullable String pattern) {}

    /** A choice and the measurements behind it. */
    private record Tuned(KernelChoice choice, LayerTrials trials) {}

    /**
     * Creates a tuner.
     *
     * @param name the name of its set of kernels
     * @param candidates the kernels that compete for a layer of a type, the dense one first
     * @param timer the timer of kernels
     */
    KernelTuner(
            String name, Function<DataType, List<LinearKernel>> candidates, ProductTimer timer) {
        this.name = name;
        this.candidates = candidates;
        this.timer = timer;
    }

    /**
     * Creates a tuner for kernels that compute in the layer's own type: PyTorch's dense product,
     * {@link LinearKernel#cpuSparse()} for float32, cuSPARSELt's and CUTLASS's sparse ones for
     * float16.
     *
     * @return the tuner
     */
    static KernelTuner ofLayers() {
        return new KernelTuner("fastest", KernelTuner::kernelsOf, new ProductTimer());
    }

    private static List<LinearKernel> kernelsOf(DataType type) {
        if (type == DataType.FLOAT32) {
            return List.of(LinearKernel.dense(type), LinearKernel.cpuSparse());
        }
        return type == DataType.FLOAT16 ? halfKernels(type) : List.of();
    }

    private static List<LinearKernel> halfKernels(DataType type) {
        return List.of(
                LinearKernel.dense(type),
                LinearKernel.cusparselt(type),
                LinearKernel.cutlass(type));
    }

    /**
     * Creates a tuner for kernels that compute in a type: PyTorch's dense product, cuSPARSELt's and
     * CUTLASS's sparse ones. The slow reference kernel is not among them.
     *
     * @param type float16 or bfloat16
     * @return the tuner
     */
    static KernelTuner of(DataType type) {
        return new KernelTuner(
                "fastest in " + type, ignored -> halfKernels(type), new ProductTimer());
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public @Nullable String rejection(ProductForm form) {
        return rejection(form, DataType.FLOAT32);
    }

    /**
     * Returns the reason why no kernel for layers of a type serves a form; null if one does, or if
     * there are no kernels.
     */
    private @Nullable String rejection(ProductForm form, DataType type) {
        String reason = null;
        for (LinearKernel kernel : candidates.apply(type)) {
            reason = ProductKernels.of(kernel).rejection(form);
            if (reason == null) {
                return null;
            }
        }
        return reason;
    }

    @Override
    public KernelChoice choose(LayerProduct product, Shape input, boolean training) {
        Shape shape = product.weight().getShape();
        long rows = product.rows(input);
        if (shape.dimension() < 2 || rows < 1) {
            throw new IllegalArgumentException(
                    "weight " + shape + ", " + rows + " rows: must be [out, in], and at least 1");
        }
        String reason = rejection(product.form(), product.weight().getDataType());
        if (reason != null) {
            return KernelChoice.dense(reason);
        }
        Mask mask = product.mask();
        Key key =
                new Key(
                        product.form(),
                        product.weight().getDevice(),
                        product.weight().getDataType(),
                        shape.get(0),
                        shape.get(1),
                        product.form().sizes(input),
                        training,
                        product.keptGradient(),
                        mask == null ? null : mask.getPattern() + " " + mask.isTransposable());
        Tuned known = trials.get(key);
        if (known == null) {
            known = tuneOnce(key, product, input);
        }
        return known.choice();
    }

    private static boolean isDense(LinearKernel kernel, LayerProduct product) {
        DataType type = product.weight().getDataType();
        return type == DataType.FLOAT32 && kernel.equals(LinearKernel.dense(type));
    }

    /** Tunes one layer at a time, because two at once would slow each other down. */
    private synchronized Tuned tuneOnce(Key key, LayerProduct product, Shape input) {
        return trials.computeIfAbsent(key, ignored -> tune(key, product, input));
    }

    private Tuned tune(Key key, LayerProduct product, Shape input) {
        long rows = product.rows(input);
        List<KernelTrial> results = new ArrayList<>();
        for (LinearKernel kernel : candidates.apply(key.type())) {
            results.add(tryOut(kernel, key, product, input));
        }
        List<TunedKernel> finalists = List.copyOf(finalists(results));
        double dense = Double.POSITIVE_INFINITY;
        double bestNanos = Double.POSITIVE_INFINITY;
        KernelChoice choice;
        try {
            double[] nanos = timer.steps(product, finalists, input, key.training());
            dense = nanos[0];
            TunedKernel best = null;
            for (int i = 0; i < finalists.size(); i++) {
                if (nanos[i + 1] < bestNanos) {
                    best = finalists.get(i);
                    bestNanos = nanos[i + 1];
                }
            }
            choice = choice(best, bestNanos, dense, key.device().isGpu(), results);
        } catch (EngineException
                | IllegalStateException e) { // such as out of memory, also in a hook
            choice = KernelChoice.dense("not timed: " + e.getMessage());
        }
        LayerTrials measured =
                new LayerTrials(
                        key.device(),
                        product.weight().getShape(),
                        rows,
                        key.training(),
                        dense,
                        bestNanos,
                        choice.description(),
                        results);
        return new Tuned(choice, measured);
    }

    private KernelTrial tryOut(LinearKernel kernel, Key key, LayerProduct product, Shape input) {
        String reason = ProductKernels.of(kernel).rejection(product);
        if (reason != null && isDense(kernel, product)) {
            // The sparse kernel's packed weight runs other products as PyTorch does.
            reason = CpuKernel.INSTANCE.rejection(product);
        }
        if (reason != null) {
            return refused(kernel, reason);
        }
        try {
            return timer.time(kernel, product, input, key.training());
        } catch (EngineException
                | IllegalArgumentException
                | IllegalStateException e) { // such as out of memory, or wrong products
            return refused(kernel, "failed: " + e.getMessage());
        }
    }

    private static KernelTrial refused(LinearKernel kernel, String reason) {
        return new KernelTrial(kernel, reason, 0, 0, 0, 0, 0);
    }

    /**
     * Returns the combination of the fastest kernels of all products, and each kernel for all
     * products, without duplicates.
     */
    private static Collection<TunedKernel> finalists(List<KernelTrial> results) {
        KernelTrial forward = fastest(results, KernelTrial::forwardNanos);
        KernelTrial inputGradient = fastest(results, KernelTrial::inputGradientNanos);
        KernelTrial weightGradient = fastest(results, KernelTrial::weightGradientNanos);
        Map<String, TunedKernel> finalists = new LinkedHashMap<>();
        if (forward != null && inputGradient != null && weightGradient != null) {
            TunedKernel mixed = TunedKernel.of(forward, inputGradient, weightGradient);
            finalists.put(mixed.getName(), mixed);
            for (KernelTrial trial : results) {
                if (trial.reason() == null) {
                    TunedKernel alone = TunedKernel.of(trial, trial, trial);
                    finalists.putIfAbsent(alone.getName(), alone);
                }
            }
        }
        return finalists.values();
    }

    private static @Nullable KernelTrial fastest(
            List<KernelTrial> results, ToDoubleFunction<KernelTrial> nanos) {
        KernelTrial best = null;
        for (KernelTrial trial : results) {
            if (trial.reason() == null
                    && (best == null || nanos.applyAsDouble(trial) < nanos.applyAsDouble(best))) {
                best = trial;
            }
        }
        return best;
    }

    private static KernelChoice choice(
            @Nullable TunedKernel best,
            double bestNanos,
            double denseNanos,
            boolean gpu,
            List<KernelTrial> results) {
        String reasons =
                results.stream()
                        .filter(trial -> trial.reason() != null)
                        .collect(
                                Collectors.groupingBy(
                                        trial -> String.valueOf(trial.reason()),
                                        LinkedHashMap::new,
                                        Collectors.mapping(
                                                trial -> trial.kernel().getName(),
                                                Collectors.joining(", "))))
                        .entrySet()
                        .stream()
                        .map(entry -> "; " + entry.getValue() + ": " + entry.getKey())
                        .collect(Collectors.joining());
        String dense = Microseconds.format(denseNanos);
        if (best == null) {
            return new KernelChoice(null, "dense, " + dense + reasons);
        }
        String kernel = Microseconds.format(bestNanos);
        return bestNanos < denseNanos * (1 - (gpu ? GPU_MARGIN : MARGIN))
                ? new KernelChoice(
                        best, best.getName() + ", " + kernel + " (dense " + dense + ")" + reasons)
                : new KernelChoice(
                        null,
                        "dense, " + dense + " (" + best.getName() + " " + kernel + ")" + reasons);
    }

    @Override
    public List<LayerTrials> getTrials() {
        return trials.values().stream().map(Tuned::trials).toList();
    }
}
