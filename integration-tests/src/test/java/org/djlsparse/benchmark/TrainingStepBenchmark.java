package org.djlsparse.benchmark;

import org.djlsparse.Sparsifier;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.TorchMemory;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A benchmark of a training step with transposable 2:4 masks against plain DJL.
 *
 * <p>Plain and wrapped steps alternate, so that other load on the machine affects both alike. Freed
 * memory is kept, because otherwise either side might have to request new memory by chance. One
 * call runs 40 steps of each, so that it contains exactly one refresh. JMH's score is the time of
 * all steps together. The relevant figures, the ratio of the two and the refresh's share of the
 * wrapped steps, are printed at the end of each fork.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3)
@Measurement(iterations = 15)
public class TrainingStepBenchmark {

    private static final int REFRESH = 40;
    private static final int WARM_UP_CALLS = 3;

    /** How gradients pass the masks, or "off" for a wrapper without masks. */
    @Param({"off", "masked", "straight-through"})
    public String rule = "";

    /** The model. */
    @Param({"TRANSFORMER", "RESNET"})
    public BenchmarkModel model = BenchmarkModel.TRANSFORMER;

    /** The kernel of masked layers: DJL's own products, or the fastest kernel. */
    @Param({"dense", "fastest"})
    public String kernel = "";

    /** The number of steps in a call; with fewer than 40, not every call contains a refresh. */
    @Param({"40"})
    public int steps;

    /** How the C library treats freed memory: "kept", or "default". */
    @Param({"kept"})
    public String memory = "";

    private final List<Double> ratios = new ArrayList<>();
    private final List<Double> plainMillis = new ArrayList<>();
    private final List<Double> refreshShares = new ArrayList<>();
    private Sparsifier sparsifier;
    private TrainingSteps plain;
    private TrainingSteps wrapped;

    /** Created by JMH. */
    @SuppressWarnings("NullAway.Init")
    public TrainingStepBenchmark() {}

    /** Builds both models. */
    @Setup
    public void setUp() {
        if (memory.equals("kept")) {
            TorchMemory.keepFreed();
        }
        Sparsifier.Builder builder =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(
                                rule.equals("off")
                                        ? MaskSchedule.off()
                                        : MaskSchedule.every(REFRESH))
                        .optRule(
                                rule.equals("masked")
                                        ? GradientRule.masked()
                                        : GradientRule.straightThrough());
        if (kernel.equals("fastest")) {
            builder.optKernelChooser(KernelChooser.fastest());
        }
        sparsifier = builder.build();
        plain = new TrainingSteps(model, null);
        wrapped = new TrainingSteps(model, sparsifier);
    }

    /** Trains both models in alternation. */
    @Benchmark
    public void plainAndWrappedStep() {
        double refreshSeconds = sparsifier.report().refreshSeconds();
        long plainNanos = 0;
        long wrappedNanos = 0;
        for (int i = 0; i < steps; i++) {
            plainNanos += plain.step();
            wrappedNanos += wrapped.step();
        }
        ratios.add((double) wrappedNanos / plainNanos);
        plainMillis.add(plainNanos / 1e6 / steps);
        refreshShares.add(
                (sparsifier.report().refreshSeconds() - refreshSeconds) * 1e9 / wrappedNanos);
    }

    /** Prints the ratio and frees the models. */
    @TearDown
    public void tearDown() {
        System.out.printf(
                Locale.ROOT,
                "%n%s, %s, %s: wrapped / plain step: median %.3f, quartiles %.3f to %.3f;"
                        + " plain step: median %.1f ms; refreshes: median %.2f%% of the steps%n",
                model,
                rule,
                kernel,
                quantile(ratios, 0.5),
                quantile(ratios, 0.25),
                quantile(ratios, 0.75),
                quantile(plainMillis, 0.5),
                100 * quantile(refreshShares, 0.5));
        plain.close();
        wrapped.close();
    }

    private static double quantile(List<Double> values, double share) {
        List<Double> sorted = new ArrayList<>(values.subList(WARM_UP_CALLS, values.size()));
        Collections.sort(sorted);
        return sorted.get((int) Math.round(share * (sorted.size() - 1)));
    }
}
