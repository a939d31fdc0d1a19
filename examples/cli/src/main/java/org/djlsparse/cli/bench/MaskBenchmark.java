package org.djlsparse.cli.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.cli.bench.MaskBenchmarkReport.LeftOut;
import org.djlsparse.cli.bench.MaskBenchmarkReport.Row;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.internal.mask.TileMasks;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Times all solvers, and peers in PyTorch, on the tiles of one weight of normally distributed
 * floats. They take turns, so that a change of the machine's speed affects all of them. Each gets
 * an equal share of the time; one that is too slow for its share is left out.
 *
 * <p>Java's solvers go from an array on the heap to a {@link Mask}; those in PyTorch, the library's
 * and the peers, from a tensor to a tensor.
 */
public final class MaskBenchmark implements AutoCloseable {

    private static final int MOST_TURNS = 5;

    /**
     * The share of its time that each search spends on some of the rows, to warm up and to measure
     * its speed.
     */
    private static final double WARM_UP_SHARE = 0.3;

    private static final int ROWS_SHARE = 16;

    /** More searches would hardly improve a mean or the compiled code. */
    private static final int MOST_SEARCHES = 10;

    private static final int MOST_WARM_UPS = 30;

    /** After this share of the time no search starts its warm-up, so that the others get turns. */
    private static final double LATEST_WARM_UP = 0.5;

    private final WeightShape shape;
    private final float[] weights;
    private final NDManager manager;
    private final NDArray tensor;
    private final TorchPeers peers;
    private final Consumer<String> progress;

    /**
     * Draws the weights.
     *
     * @param side the number of rows, and of columns, of the weight
     * @param seed the seed of the weights
     * @param progress receives the name of each stage
     */
    public MaskBenchmark(int side, long seed, Consumer<String> progress) {
        this.progress = progress;
        shape = WeightShape.of(side, side);
        weights = NormalWeights.draw(shape.size(), seed);
        manager = NDManager.newBaseManager("PyTorch");
        tensor = manager.create(weights, new Shape(side, side));
        peers = TorchPeers.load(manager);
    }

    /**
     * The results for a pattern.
     *
     * @param rows the timed searches
     * @param leftOut the searches left out
     */
    public record Result(List<Row> rows, List<LeftOut> leftOut) {}

    /** Finds a mask, in Java or in PyTorch. */
    @FunctionalInterface
    private interface Finder {
        Object find(float[] values, NDArray array, WeightShape size);
    }

    /** One implementation of the search, and its times. */
    private final class Search {

        final String name;
        final Kind kind;
        private final Finder finder;
        private final Times times = new Times();
        private @Nullable Object found;
        private double secondsLeft;
        private double once = Double.NaN;

        Search(String name, Kind kind, Finder finder) {
            this.name = name;
            this.kind = kind;
            this.finder = finder;
        }

        private void find(float[] values, NDArray array, WeightShape size) {
            close();
            found = finder.find(values, array, size);
        }

        /** Searches some rows of the weight repeatedly; returns false if the search is too slow. */
        boolean warmUp(NmPattern pattern, double share) {
            int rows = Math.max(1, shape.rows() / pattern.m() / ROWS_SHARE) * pattern.m();
            WeightShape part = WeightShape.of(rows, shape.columns());
            float[] values = Arrays.copyOf(weights, part.size());
            long begin = System.nanoTime();
            double least = Double.MAX_VALUE;
            try (NDArray array = tensor.get(new NDIndex("0:" + rows))) {
                int count = 0;
                do {
                    long start = System.nanoTime();
                    find(values, array, part);
                    least = Math.min(least, Times.since(start));
                    count++;
                } while (Times.since(begin) < WARM_UP_SHARE * share && count < MOST_WARM_UPS);
            }
            once = least * shape.rows() / rows;
            secondsLeft = share - Times.since(begin);
            return once <= secondsLeft;
        }

        /** Searches the whole weight repeatedly, if the time is enough for one more search. */
        void takeTurn(double seconds) {
            if (times.count() > 0 && once > secondsLeft) {
                return;
            }
            long start = System.nanoTime();
            int count = 0;
            do {
                find(weights, tensor, shape);
                count++;
            } while (Times.since(start) < seconds && count < MOST_SEARCHES);
            double passed = Times.since(start);
            times.add(passed / count);
            secondsLeft -= passed;
        }

        /** Returns the mask that was found last. */
        Mask mask(NmPattern pattern) {
            return found instanceof NDArray mask
                    ? Mask.of(shape, pattern, mask.toBooleanArray())
                    : (Mask) Objects.requireNonNull(found);
        }

        LeftOut leftOut(NmPattern pattern, double share) {
            return new LeftOut(
                    pattern.toString(), name, kind, Double.isNaN(once) ? null : once, share);
        }

        void close() {
            if (found instanceof NDArray mask) {
                mask.close();
            }
        }
    }

    /**
     * Times the searches of a pattern.
     *
     * @param pattern the pattern; the weight's side must be a multiple of M, for the peers
     * @param seconds the time for all of them
     * @return a row for each solver that supports the pattern, each peer and each baseline, except
     *     those that are too slow
     */
    public Result run(NmPattern pattern, double seconds) {
        long begin = System.nanoTime();
        List<Search> all = searches(pattern);
        double share = seconds / all.size();
        List<Search> warm = new ArrayList<>();
        for (Search search : all) {
            if (Times.since(begin) < LATEST_WARM_UP * seconds) {
                progress.accept(pattern + ": warming up " + search.name);
                if (search.warmUp(pattern, share)) {
                    warm.add(search);
                }
            }
        }
        for (int turn = 1; turn <= MOST_TURNS; turn++) {
            progress.accept(pattern + ": turn " + turn + " of " + MOST_TURNS);
            for (Search search : warm) {
                if (Times.since(begin) < seconds) {
                    search.takeTurn((1 - WARM_UP_SHARE) * share / MOST_TURNS);
                }
            }
        }
        List<Search> searches = all.stream().filter(s -> s.times.count() > 0).toList();
        List<LeftOut> leftOut =
                all.stream()
                        .filter(search -> search.times.count() == 0)
                        .map(search -> search.leftOut(pattern, share))
                        .toList();
        List<Row> rows = rows(pattern, searches);
        all.forEach(Search::close);
        return new Result(rows, leftOut);
    }

    private List<Row> rows(NmPattern pattern, List<Search> searches) {
        MaskSolver exact = MaskSolver.exact();
        double best =
                (exact.supports(pattern) ? exact : MaskSolver.flow())
                        .solve(weights, shape, pattern)
                        .getKeptMagnitude(weights);
        Optional<Double> flowSeconds =
                searches.stream()
                        .filter(search -> search.name.equals(SolverName.FLOW.toString()))
                        .map(search -> search.times.median())
                        .findFirst();
        double tiles = (double) shape.size() / pattern.m() / pattern.m();
        List<Row> rows = new ArrayList<>();
        for (Search search : searches) {
            Mask mask = search.mask(pattern);
            double seconds = search.times.median();
            rows.add(
                    new Row(
                            pattern.toString(),
                            search.name,
                            search.kind,
                            seconds,
                            search.times.count(),
                            tiles / seconds,
                            flowSeconds.map(flow -> flow / seconds).orElse(null),
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
            Finder finder =
                    solver instanceof TorchMaskSolver torch
                            ? (values, array, size) -> torch.solve(array, pattern)
                            : (values, array, size) -> solver.solve(values, size, pattern);
            searches.add(new Search(name.toString(), kind, finder));
        }
        if (pattern.equals(NmPattern.of(2, TileMasks.M))) {
            searches.add(peer("90-pattern product", peers::product));
        }
        searches.add(peer("batched greedy", array -> peers.greedy(array, pattern)));
        searches.add(peer("batched entropic", array -> peers.entropic(array, pattern)));
        return searches;
    }

    private Search peer(String name, UnaryOperator<NDArray> finder) {
        return new Search(name, Kind.PEER, (values, array, size) -> finder.apply(array));
    }

    @Override
    public void close() {
        peers.close();
        manager.close();
    }
}
