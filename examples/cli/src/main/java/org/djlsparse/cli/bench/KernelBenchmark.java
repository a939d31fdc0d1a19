package org.djlsparse.cli.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.InputException;
import org.djlsparse.cli.bench.KernelBenchmarkReport.LeftOut;
import org.djlsparse.cli.bench.KernelBenchmarkReport.Row;
import org.djlsparse.cli.report.Text;
import org.djlsparse.internal.torch.LayerProduct;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductForm;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Times linear layers on the CPU, in float32, with weights and inputs of normally distributed
 * floats: DJL's dense products, and kernels. All contenders take turns, so that a change of the
 * machine's speed affects all of them.
 *
 * <p>Dense products are DJL's own, with a weight without a mask. Products of a kernel are timed
 * without packing, since a packed weight serves many products. A layer is a training step of a
 * linear block without a bias: a forward pass and a backward pass with the gradients of input and
 * weight. The kernel runs in a block wrapped by a {@link Sparsifier} with the masked rule and
 * static masks. Between two steps one entry of the weight is set, of dense weights as well, in
 * place of an optimizer's step, so that each step packs the weight again.
 */
public final class KernelBenchmark implements AutoCloseable {

    /** The name of DJL's own products. */
    static final String DENSE = "dense";

    private static final int SEED = 1;
    private static final int LEAST_TURNS = 3;
    private static final int MOST_TURNS = 15;
    private static final double LEAST_SECONDS =
            0.002; // of a turn: much longer than the overhead of a call

    /** The share of its time that each kernel spends on its warm-up. */
    private static final double WARM_UP_SHARE = 0.25;

    private static final int MOST_WARM_UPS = 20;

    /** A kernel may always take this many times as long as dense. */
    private static final double TOO_SLOW = 2;

    private static final int PROBE_SHARE = 16;

    /** The largest error of an estimate; kernels closer to the limit are measured. */
    private static final double UNSURE = 50;

    private final NmPattern pattern;
    private final List<LinearKernel> kernels;
    private final double seconds;
    private final Consumer<String> progress;
    private final NDManager manager;
    private final Map<Slow, Long> tooSlow = new HashMap<>();

    /** A product for which a kernel is too slow. */
    private record Slow(LinearKernel kernel, Product product) {}

    /**
     * Creates a benchmark.
     *
     * @param pattern the pattern of the masks
     * @param kernels the kernels to compare with dense
     * @param seconds the time for one product with one number of rows; each kernel gets an equal
     *     share. Large products take longer, since each has at least three turns; a kernel is left
     *     out of them if it takes more than twice as long as dense
     * @param progress receives the name of each stage
     */
    public KernelBenchmark(
            NmPattern pattern,
            List<LinearKernel> kernels,
            double seconds,
            Consumer<String> progress) {
        this.pattern = pattern;
        this.kernels = List.copyOf(kernels);
        this.seconds = seconds;
        this.progress = progress;
        manager = NDManager.newBaseManager(Device.cpu());
    }

    /**
     * The results for all layers.
     *
     * @param rows the timed products
     * @param leftOut the kernels and products left out
     */
    public record Result(List<Row> rows, List<LeftOut> leftOut) {}

    /** Runs a product once; the surrounding scope closes its results. */
    @FunctionalInterface
    private interface Call {
        void run();
    }

    /** Prepares a product for a number of rows. */
    @FunctionalInterface
    private interface Preparation {
        Call prepare(int rows, NDManager owner);
    }

    /** One implementation of a product, and its times. */
    private static final class Contender {

        final String name;
        final Call call;
        private final Times times = new Times();
        private int calls = 1;
        private double once = Double.MAX_VALUE;

        Contender(String name, Call call) {
            this.name = name;
            this.call = call;
        }

        void warmUp(double share) {
            long begin = System.nanoTime();
            int count = 0;
            do {
                once = Math.min(once, time(call, 1));
                count++;
            } while (Times.since(begin) < WARM_UP_SHARE * share && count < MOST_WARM_UPS);
            calls = (int) Math.max(1, LEAST_SECONDS / once);
        }

        void takeTurn() {
            times.add(time(call, calls) / calls);
        }
    }

    private static double time(Call call, int calls) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            try (NDScope results = new NDScope()) {
                results.suppressNotUsedWarning();
                call.run();
            }
        }
        return Times.since(start);
    }

    /**
     * Runs the benchmark.
     *
     * @param sizes the layers' sizes
     * @param allRows the numbers of rows of the inputs
     * @return the results, in the order of sizes, rows and products
     * @throws InputException if no kernel can serve any of the layers, with the reasons
     */
    public Result run(List<LayerSize> sizes, List<Integer> allRows) {
        List<Row> rows = new ArrayList<>();
        Map<LinearKernel, Map<String, String>> reasons = new LinkedHashMap<>();
        List<LeftOut> slow = new ArrayList<>();
        for (LayerSize size : sizes) {
            try (Layer layer = new Layer(size)) {
                for (LinearKernel kernel : kernels) {
                    String reason = layer.add(kernel);
                    if (reason != null) {
                        reasons.computeIfAbsent(kernel, ignored -> new LinkedHashMap<>())
                                .put(size.toString(), reason);
                    }
                }
                if (layer.packed.isEmpty()) {
                    continue;
                }
                for (int count : allRows) {
                    for (Product product : Product.values()) {
                        if (product != Product.PREDICTION) {
                            layer.measure(product, count, rows, slow);
                        }
                    }
                }
                layer.measure(Product.PREDICTION, 1, rows, slow);
            }
        }
        List<LeftOut> leftOut = refused(reasons, sizes.size());
        if (rows.isEmpty()) {
            throw new InputException(
                    "no kernel can run here: "
                            + String.join(
                                    "; ", leftOut.stream().map(KernelBenchmark::why).toList()));
        }
        leftOut.addAll(slow);
        return new Result(rows, leftOut);
    }

    private static String why(LeftOut kernel) {
        return kernel.kernel()
                + (kernel.shape() == null ? "" : " at " + kernel.shape())
                + ": "
                + kernel.reason();
    }

    /** Lists the rejections, once if the reason is the same for all layers. */
    private static List<LeftOut> refused(
            Map<LinearKernel, Map<String, String>> reasons, int sizes) {
        List<LeftOut> leftOut = new ArrayList<>();
        reasons.forEach(
                (kernel, bySize) -> {
                    if (bySize.size() == sizes
                            && bySize.values().stream().distinct().count() == 1) {
                        String reason = bySize.values().iterator().next();
                        leftOut.add(new LeftOut(kernel.getName(), null, null, null, reason));
                    } else {
                        bySize.forEach(
                                (size, reason) ->
                                        leftOut.add(
                                                new LeftOut(
                                                        kernel.getName(),
                                                        size,
                                                        null,
                                                        null,
                                                        reason)));
                    }
                });
        return leftOut;
    }

    /** A linear layer, dense and packed by each kernel. */
    private final class Layer implements AutoCloseable {

        private final LayerSize size;
        private final NDManager own = manager.newSubManager();
        private final NDArray weight;
        private final LayerProduct masked;
        private final Map<LinearKernel, PackedWeight> packed = new LinkedHashMap<>();

        Layer(LayerSize size) {
            this.size = size;
            progress.accept(size + ": packing");
            float[] values = NormalWeights.draw(size.shape().size(), SEED);
            weight = own.create(values, new Shape(size.outputs(), size.inputs()));
            Mask mask = MaskSolver.auto().solve(values, size.shape(), pattern);
            NDArray kept = own.create(mask.toFloatArray(), weight.getShape());
            NDArray product = weight.mul(kept);
            kept.close();
            masked = new LayerProduct(ProductForm.linear(), weight, () -> product, mask, true);
        }

        /** Adds a kernel; returns the reason if it cannot serve the layer, or else null. */
        @Nullable String add(LinearKernel kernel) {
            String reason = ProductKernels.of(kernel).rejection(masked);
            if (reason == null) {
                packed.put(kernel, ProductKernels.of(kernel).pack(masked, null, own));
            }
            return reason;
        }

        void measure(Product product, int rows, List<Row> results, List<LeftOut> slow) {
            progress.accept(size + ", " + rows + " rows: " + product);
            long begin = System.nanoTime();
            double share = seconds / (1 + packed.size());
            List<Contender> contenders = new ArrayList<>();
            try (NDManager cell = own.newSubManager()) {
                Contender dense = new Contender(DENSE, dense(product).prepare(rows, cell));
                dense.warmUp(share);
                contenders.add(dense);
                double limit = Math.max(share / LEAST_TURNS, TOO_SLOW * dense.once);
                for (Map.Entry<LinearKernel, PackedWeight> entry : packed.entrySet()) {
                    LinearKernel kernel = entry.getKey();
                    Preparation preparation = sparse(product, kernel, entry.getValue());
                    String reason = rejection(kernel, product, preparation, rows, limit);
                    if (reason == null) {
                        Contender contender =
                                new Contender(kernel.getName(), preparation.prepare(rows, cell));
                        contender.warmUp(share);
                        contenders.add(contender);
                    } else {
                        slow.add(
                                new LeftOut(
                                        kernel.getName(), size.toString(), rows, product, reason));
                    }
                }
                for (int turn = 0;
                        turn < LEAST_TURNS || (turn < MOST_TURNS && Times.since(begin) < seconds);
                        turn++) {
                    contenders.forEach(Contender::takeTurn);
                }
                double denseMillis = 1e3 * dense.times.median();
                for (Contender contender : contenders) {
                    double millis = 1e3 * contender.times.median();
                    results.add(
                            new Row(
                                    size.toString(),
                                    rows,
                                    product,
                                    contender.name,
                                    millis,
                                    contender.times.count(),
                                    denseMillis / millis));
                }
            }
        }

        /** Returns the reason if a kernel is too slow to be timed, or else null. */
        private @Nullable String rejection(
                LinearKernel kernel,
                Product product,
                Preparation preparation,
                int rows,
                double limit) {
            long work = (long) size.shape().size() * rows;
            Slow key = new Slow(kernel, product);
            if (work >= tooSlow.getOrDefault(key, Long.MAX_VALUE)) {
                return "was too slow for a smaller product";
            }
            double once = estimate(preparation, rows);
            if (once > limit && once <= UNSURE * limit) {
                once = probe(preparation, rows);
            }
            if (once <= limit) {
                return null;
            }
            tooSlow.put(key, work);
            return Text.format("takes about %.4f s, had %.4f s for a turn", once, limit);
        }

        /**
         * Estimates the seconds of a call from fewer rows, with a part that does not depend on
         * them.
         */
        private double estimate(Preparation preparation, int rows) {
            if (rows < 2 * PROBE_SHARE) {
                return 0;
            }
            double few = probe(preparation, 1);
            double more = probe(preparation, rows / PROBE_SHARE);
            return few + PROBE_SHARE * Math.max(0, more - few);
        }

        private double probe(Preparation preparation, int rows) {
            try (NDManager scratch = own.newSubManager()) {
                Call call = preparation.prepare(rows, scratch);
                time(call, 1);
                return Math.min(time(call, 1), time(call, 1));
            }
        }

        private Preparation dense(Product product) {
            return switch (product) {
                case FORWARD, PREDICTION ->
                        (rows, owner) -> {
                            NDArray x = inputs(rows, owner);
                            return () -> Linear.linear(x, weight);
                        };
                case INPUT_GRADIENT ->
                        (rows, owner) -> {
                            NDArray dy = outputs(rows, owner);
                            return () -> dy.matMul(weight);
                        };
                case WEIGHT_GRADIENT ->
                        (rows, owner) -> {
                            NDArray x = inputs(rows, owner);
                            NDArray dy = outputs(rows, owner);
                            return () -> dy.transpose().matMul(x);
                        };
                case LAYER -> (rows, owner) -> step(newBlock(owner), null, rows, owner);
            };
        }

        private Preparation sparse(Product product, LinearKernel kernel, PackedWeight ready) {
            return switch (product) {
                case FORWARD, PREDICTION ->
                        (rows, owner) -> {
                            NDArray x = inputs(rows, owner);
                            return () -> ready.multiply(x, null);
                        };
                case INPUT_GRADIENT ->
                        (rows, owner) -> {
                            NDArray dy = outputs(rows, owner);
                            Shape input = new Shape(rows, size.inputs());
                            return () -> ready.inputGradient(dy, input);
                        };
                case WEIGHT_GRADIENT ->
                        (rows, owner) -> {
                            NDArray x = inputs(rows, owner);
                            NDArray dy = outputs(rows, owner);
                            return () -> ready.weightGradient(dy, x);
                        };
                case LAYER -> (rows, owner) -> step(newBlock(owner), kernel, rows, owner);
            };
        }

        private Block newBlock(NDManager owner) {
            Block block = Linear.builder().setUnits(size.outputs()).optBias(false).build();
            block.initialize(owner, DataType.FLOAT32, new Shape(1, size.inputs()));
            return block;
        }

        /** Prepares a training step without an optimizer; runs it once to find the masks. */
        private Call step(Block block, @Nullable LinearKernel kernel, int rows, NDManager owner) {
            Parameter parameter = block.getParameters().get("weight");
            NDArray x = inputs(rows, owner);
            x.setRequiresGradient(true);
            Block run = kernel == null ? block : wrap(block, kernel);
            ParameterStore store = new ParameterStore(owner, false);
            NDIndex first = new NDIndex("0, 0");
            Engine engine = Engine.getInstance();
            Call call =
                    () -> {
                        parameter.getArray().set(first, 1);
                        try (GradientCollector collector = engine.newGradientCollector()) {
                            collector.backward(
                                    run.forward(store, new NDList(x), true).singletonOrThrow());
                        }
                    };
            call.run();
            return call;
        }

        private Block wrap(Block block, LinearKernel kernel) {
            return Sparsifier.builder()
                    .setPattern(pattern)
                    .optRule(GradientRule.masked())
                    .optSchedule(MaskSchedule.once())
                    .optKernel(kernel)
                    .build()
                    .wrap(block);
        }

        private NDArray inputs(int rows, NDManager owner) {
            return random(owner, rows, size.inputs());
        }

        private NDArray outputs(int rows, NDManager owner) {
            return random(owner, rows, size.outputs());
        }

        private NDArray random(NDManager owner, int rows, int columns) {
            return owner.randomNormal(new Shape(rows, columns));
        }

        @Override
        public void close() {
            packed.values().forEach(PackedWeight::close);
            own.close();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
