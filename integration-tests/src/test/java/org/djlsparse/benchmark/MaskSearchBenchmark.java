package org.djlsparse.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.cli.bench.TorchPeers;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;
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
import java.util.function.Supplier;

/**
 * A benchmark of the search for the mask of a weight of normally distributed floats, 4096 x 4096
 * unless the search names another side. Java's solvers read an array on the heap and return a
 * {@link Mask}; solvers in PyTorch, the library's and its peers, read a tensor and return a tensor.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 3)
public class MaskSearchBenchmark {

    /** The solver, the pattern, and the weight's side. */
    @Param({
        "enumeration 2:4",
        "flow 2:4",
        "greedy 2:4",
        "exact 4:8",
        "flow 4:8",
        "swap 4:8",
        "greedy 4:8",
        "light-first 4:8",
        "entropic 4:8 1024",
        "exact 8:16",
        "flow 8:16 1024",
        "swap 8:16",
        "greedy 8:16",
        "exact 8:16 8192",
        "swap 8:16 8192",
        "exact 16:32",
        "swap 16:32",
        "greedy 16:32",
        "row-wise 2:4",
        "unstructured 2:4",
        "torch 2:4",
        "torch 4:8",
        "torch 8:16",
        "torch 16:32",
        "peer-product 2:4",
        "peer-greedy 4:8 1024",
        "peer-greedy 8:16 1024",
        "peer-entropic 4:8 1024",
        "peer-entropic 8:16 1024"
    })
    public String search = "";

    private WeightShape shape = WeightShape.of(1, 1);
    private float[] weights = new float[0];
    private NmPattern pattern = NmPattern.of(2, 4);
    private Supplier<Object> solver = Object::new;

    /** Draws the weights. */
    @Setup
    public void setUp() {
        String[] parts = search.split(" ", 3);
        pattern = NmPattern.parse(parts[1]);
        int side = parts.length < 3 ? 4096 : Integer.parseInt(parts[2]);
        shape = WeightShape.of(side, side);
        Random random = new Random(1);
        weights = new float[shape.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        solver =
                switch (parts[0]) {
                    case "torch", "peer-product", "peer-greedy", "peer-entropic" ->
                            inTorch(parts[0]);
                    default ->
                            onHeap(
                                    SolverName.valueOf(
                                                    parts[0].toUpperCase(Locale.ROOT)
                                                            .replace('-', '_'))
                                            .newSolver());
                };
    }

    private Supplier<Object> onHeap(MaskSolver solver) {
        return () -> solver.solve(weights, shape, pattern);
    }

    private Supplier<Object> inTorch(String name) {
        NDManager manager = NDManager.newBaseManager("PyTorch"); // closed when the fork ends
        NDArray weight = manager.create(weights, new Shape(shape.rows(), shape.columns()));
        TorchMaskSolver torch = TorchMaskSolver.create();
        TorchPeers peers = TorchPeers.load(manager);
        return switch (name) {
            case "torch" -> () -> torch.solve(weight, pattern);
            case "peer-product" -> () -> peers.product(weight);
            case "peer-greedy" -> () -> peers.greedy(weight, pattern);
            case "peer-entropic" -> () -> peers.entropic(weight, pattern);
            default -> throw new IllegalArgumentException("search \"" + name + "\": unknown");
        };
    }

    /**
     * Finds the mask.
     *
     * @return the mask, closed if it is a tensor
     */
    @Benchmark
    public Object solve() {
        Object found = solver.get();
        if (found instanceof NDArray tensor) {
            tensor.close();
        }
        return found;
    }

    /** Prints the share of magnitude that the mask keeps. */
    @TearDown
    public void tearDown() {
        Object found = solver.get();
        Mask mask =
                found instanceof NDArray tensor
                        ? Mask.of(shape, pattern, tensor.toBooleanArray())
                        : (Mask) found;
        System.out.printf(
                Locale.ROOT,
                "%n%s: %d tiles, kept magnitude %.5f%n",
                search,
                shape.size() / pattern.m() / pattern.m(),
                mask.getKeptMagnitude(weights));
    }
}
