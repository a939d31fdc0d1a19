package org.djlsparse.cli.bench;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What a benchmark of solvers came to. The components are the keys of its JSON.
 *
 * @param side the weight's number of rows and of columns
 * @param seed what decided the weights
 * @param processors the number of processors that the program may use
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
     * @param kind where it comes from
     * @param seconds what it would take for the whole weight, going by some of its rows; null if no
     *     time was left to see
     * @param share the time that each search had, its warm-up and all turns
     */
    public record LeftOut(
            String pattern, String solver, Kind kind, @Nullable Double seconds, double share) {}

    /**
     * How one search did.
     *
     * @param pattern the pattern
     * @param solver the name of the solver or peer
     * @param kind where it comes from
     * @param seconds the median time for the whole weight
     * @param turns how many times it was taken
     * @param tilesPerSecond tiles by seconds
     * @param overFlow how many times as fast as the minimum-cost flow solver; null if that was left
     *     out
     * @param keptOverExact the kept score, as a share of what the best mask keeps
     * @param transposable whether the mask satisfies the pattern both ways
     * @param density the kept fraction of the entries; less than N / M where rows lack some
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
     * @return a table
     */
    public String toTable() {
        String format = "%-8s%-20s%-10s%10s%14s%10s%12s  %s%n";
        StringBuilder table = new StringBuilder();
        table.append(
                String.format(
                        Locale.ROOT,
                        format,
                        "pattern",
                        "solver",
                        "",
                        "ms",
                        "tiles / s",
                        "/ flow",
                        "kept/exact",
                        "valid"));
        for (Row row : results) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            format,
                            row.pattern,
                            row.solver,
                            row.kind == Kind.SOLVER ? "" : row.kind.name().toLowerCase(Locale.ROOT),
                            String.format(Locale.ROOT, "%.2f", 1000 * row.seconds),
                            String.format(Locale.ROOT, "%.0f", row.tilesPerSecond),
                            row.overFlow == null
                                    ? "-"
                                    : String.format(Locale.ROOT, "%.2f", row.overFlow),
                            String.format(Locale.ROOT, "%.5f", row.keptOverExact),
                            row.transposable ? "both ways" : "not both ways"));
        }
        for (LeftOut search : leftOut) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-8s%-20sleft out: %s, had %.1f s; see --seconds%n",
                            search.pattern,
                            search.solver,
                            search.seconds == null
                                    ? "no time was left"
                                    : String.format(
                                            Locale.ROOT, "takes about %.1f s", search.seconds),
                            search.share));
        }
        return table.toString();
    }
}
