package org.djlsparse.cli.bench;

import org.djlsparse.cli.report.Text;
import org.djlsparse.internal.text.TextTable;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The outcome of a benchmark of solvers. The components are the keys of its JSON.
 *
 * @param side the number of rows, and of columns, of the weight
 * @param seed the seed of the weights
 * @param processors the number of available processors
 * @param java the version of Java
 * @param results a row for each pattern and search
 * @param leftOut the searches that were too slow for the time given
 */
public record MaskBenchmarkReport(
        int side,
        long seed,
        int processors,
        String java,
        List<Row> results,
        List<LeftOut> leftOut) {

    /**
     * A search that was too slow.
     *
     * @param pattern the pattern
     * @param solver the name of the solver or peer
     * @param kind its origin
     * @param seconds the estimated time for the whole weight, from some of its rows; null if no
     *     time was left for the estimate
     * @param share the time available to each search for its warm-up and all turns
     */
    public record LeftOut(
            String pattern, String solver, Kind kind, @Nullable Double seconds, double share) {}

    /**
     * The result of one search.
     *
     * @param pattern the pattern
     * @param solver the name of the solver or peer
     * @param kind its origin
     * @param seconds the median time for the whole weight
     * @param turns the number of measurements
     * @param tilesPerSecond the number of tiles divided by seconds
     * @param overFlow the speed relative to the minimum-cost flow solver; null if that was left out
     * @param keptOverExact the kept magnitude relative to that of the best mask
     * @param transposable whether the mask is transposable
     * @param density the kept fraction of the entries; less than N / M if rows keep fewer than N
     */
    public record Row(
            String pattern,
            String solver,
            Kind kind,
            double seconds,
            int turns,
            double tilesPerSecond,
            @Nullable Double overFlow,
            double keptOverExact,
            boolean transposable,
            double density) {}

    /**
     * Formats the results for people.
     *
     * @param advice what helps if a search was too slow, in words
     * @return a table, and a line for each search that was left out
     */
    public String toTable(String advice) {
        TextTable table = new TextTable().alignRight(3, 4, 5, 6);
        table.add("pattern", "solver", "", "ms", "tiles / s", "/ flow", "kept/exact", "valid");
        for (Row row : results) {
            table.add(
                    row.pattern,
                    row.solver,
                    row.kind == Kind.SOLVER ? "" : row.kind.toString(),
                    Text.format("%.2f", 1000 * row.seconds),
                    Text.format("%.0f", row.tilesPerSecond),
                    Text.number("%.2f", row.overFlow),
                    Text.format("%.5f", row.keptOverExact),
                    row.transposable ? "both ways" : "not both ways");
        }
        TextTable others = new TextTable();
        for (LeftOut search : leftOut) {
            others.add(
                    search.pattern,
                    search.solver,
                    Text.format(
                            "left out: %s, had %.1f s; %s",
                            search.seconds == null
                                    ? "no time was left"
                                    : Text.format("takes about %.1f s", search.seconds),
                            search.share,
                            advice));
        }
        return table.toString() + others;
    }
}
