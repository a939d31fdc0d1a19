package org.djlsparse.examples.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.examples.bench.MaskBenchmarkReport.Row;
import org.djlsparse.examples.choice.SolverName;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.TileMasks;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Times all solvers, and peers in PyTorch, on the tiles of one weight of normally distributed
 * floats. They take turns, so that a change of the machine's pace hits all of them.
 *
 * <p>Java's solvers go from an array on the heap to a {@link Mask}; those in PyTorch, the library's
 * and the peers, from a tensor to a tensor.
 */
public final class MaskBenchmark implements AutoCloseable {

    private static final int WARM_UPS = 3;
    private static final int ROUNDS = 5;

    /** A search that takes this many turns is not compiled much better by more of them. */
    private static final int SLOW = 5;

    private final WeightShape shape;
    private final float[] weights;
    private final NDManager manager;
    private final NDArray tensor;
    private final TorchPeers peers;
    private final long turnNanos;

    /**
     * Draws the weights.
     *
     * @param side the weight's number of rows and of columns
     * @param seed decides the weights
     * @param turnMillis for how long to repeat a search in each of its turns
     */
    public MaskBenchmark(int side, long seed, int turnMillis) {
        turnNanos = turnMillis * 1_000_000L;
        shape = WeightShape.of(side, side);
        Random random = new Random(seed);
        weights = new float[shape.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        manager = NDManager.newBaseManager("PyTorch");
        tensor = manager.create(weights, new Shape(side, side));
        peers = TorchPeers.load(manager);
    }

    /** One way to find a mask, and how long it took in each round. */
    private final class Search {

        final String name;
        final Kind kind;
        private final Supplier<Object> supplier;
        private final double[] seconds = new double[ROUNDS];

        Search(String name, Kind kind, Supplier<Object> supplier) {
            this.name = name;
            this.kind = kind;
            this.supplier = supplier;
        }

        void warmUp() {
            long start = System.nanoTime();
            for (int i = 0; i < WARM_UPS || System.nanoTime() - start < turnNanos; i++) {
                close(supplier.get());
                if (System.nanoTime() - start > SLOW * turnNanos) {
                    return;
                }
            }
        }

        void takeTurn(int round) {
            long start = System.nanoTime();
            long passed;
            int count = 0;
            do {
                close(supplier.get());
                count++;
                passed = System.nanoTime() - start;
            } while (passed < turnNanos);
            seconds[round] = passed * 1e-9 / count;
        }

        double medianSeconds() {
            double[] sorted = seconds.clone();
            Arrays.sort(sorted);
            return sorted[ROUNDS / 2];
        }

        Mask find(NmPattern pattern) {
            Object found = supplier.get();
            if (found instanceof NDArray mask) {
                try (mask) {
                    return Mask.of(shape, pattern, mask.toBooleanArray());
                }
            }
            return (Mask) found;
        }
    }

    private static void close(Object found) {
        if (found instanceof NDArray mask) {
            mask.close();
        }
    }

    /**
     * Times the searches of a pattern.
     *
     * @param pattern the pattern; the weight's side must be a multiple of M, for the peers
     * @return a row for each solver that supports it, each peer and each baseline
     */
    public List<Row> run(NmPattern pattern) {
        List<Search> searches = searches(pattern);
        searches.forEach(Search::warmUp);
        for (int round = 0; round < ROUNDS; round++) {
            for (Search search : searches) {
                search.takeTurn(round);
            }
        }
        MaskSolver exact = MaskSolver.exact();
        double best =
                (exact.supports(pattern) ? exact : MaskSolver.flow())
                        .solve(weights, shape, pattern)
                        .getKeptMagnitude(weights);
        double flowSeconds =
                searches.stream()
                        .filter(search -> search.name.equals(SolverName.FLOW.toString()))
                        .findFirst()
                        .orElseThrow()
                        .medianSeconds();
        double tiles = (double) shape.size() / pattern.m() / pattern.m();
        List<Row> rows = new ArrayList<>();
        for (Search search : searches) {
            Mask mask = search.find(pattern);
            double seconds = search.medianSeconds();
            rows.add(
                    new Row(
                            pattern.toString(),
                            search.name,
                            search.kind,
                            seconds,
                            tiles / seconds,
                            flowSeconds / seconds,
                            mask.getKeptMagnitude(weights) / best,
                            mask.isTransposable(),
                            mask.getDensity()));
        }
        return rows;
    }

    private List<Search> searches(NmPattern pattern) {
        List<Search> searches = new ArrayList<>();
        for (SolverName name : SolverName.values()) {
            MaskSolver solver = name.newSolver();
            if (name == SolverName.AUTO || !solver.supports(pattern)) {
                continue;
            }
            Kind kind = name.isTransposable() ? Kind.SOLVER : Kind.BASELINE;
            Supplier<Object> supplier =
                    solver instanceof TorchMaskSolver torch
                            ? () -> torch.solve(tensor, pattern)
                            : () -> solver.solve(weights, shape, pattern);
            searches.add(new Search(name.toString(), kind, supplier));
        }
        if (pattern.equals(NmPattern.of(2, TileMasks.M))) {
            searches.add(new Search("90-pattern product", Kind.PEER, () -> peers.product(tensor)));
        }
        searches.add(new Search("batched greedy", Kind.PEER, () -> peers.greedy(tensor, pattern)));
        searches.add(
                new Search("batched entropic", Kind.PEER, () -> peers.entropic(tensor, pattern)));
        return searches;
    }

    @Override
    public void close() {
        peers.close();
        manager.close();
    }
}
