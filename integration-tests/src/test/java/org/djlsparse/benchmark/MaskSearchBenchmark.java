package org.djlsparse.benchmark;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
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

import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Finding the mask of a 4096 x 4096 weight of normally distributed floats on the heap. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 3)
public class MaskSearchBenchmark {

    private static final WeightShape SHAPE = WeightShape.of(4096, 4096);

    /** The solver and the pattern. */
    @Param({
        "enumeration 2:4",
        "greedy 2:4",
        "greedy 4:8",
        "greedy 8:16",
        "exact 4:8",
        "exact 8:16",
        "greedy 16:32",
        "exact 16:32",
        "row-wise 2:4"
    })
    public String search = "";

    private float[] weights = new float[0];
    private NmPattern pattern = NmPattern.of(2, 4);
    private MaskSolver solver = MaskSolver.auto();

    /** Draws the weights. */
    @Setup
    public void setUp() {
        Random random = new Random(1);
        weights = new float[SHAPE.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        String[] parts = search.split(" ", 2);
        pattern = NmPattern.parse(parts[1]);
        solver =
                switch (parts[0]) {
                    case "enumeration" -> MaskSolver.enumeration();
                    case "greedy" -> MaskSolver.greedy();
                    case "exact" -> MaskSolver.exact();
                    default -> MaskSolver.rowWise();
                };
    }

    /**
     * Finds the mask.
     *
     * @return the mask
     */
    @Benchmark
    public Mask solve() {
        return solver.solve(weights, SHAPE, pattern);
    }

    /** Prints what the mask keeps. */
    @TearDown
    public void tearDown() {
        System.out.printf(
                Locale.ROOT,
                "%n%s: kept magnitude %.5f%n",
                search,
                solve().getKeptMagnitude(weights));
    }
}
