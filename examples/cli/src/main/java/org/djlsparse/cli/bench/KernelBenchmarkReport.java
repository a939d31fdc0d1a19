package org.djlsparse.cli.bench;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a benchmark of kernels came to. The components are the keys of its JSON.
 *
 * @param pattern the pattern of the masks, valid both ways
 * @param threads the threads that computed each product
 * @param processors the number of processors that the program may use
 * @param lanes the floats of a vector in Java's Vector API; 0 if kernels have no use of it here
 * @param java the version of Java
 * @param results a row for each size, number of rows, product and kernel, dense first
 * @param leftOut what was not timed, and why
 */
public record KernelBenchmarkReport(
        String pattern,
        int threads,
        int processors,
        int lanes,
        String java,
        List<Row> results,
        List<LeftOut> leftOut) {

    /**
     * How long one kernel took.
     *
     * @param shape the layer's size, outputs and inputs
     * @param rows the rows of the input
     * @param product what was computed
     * @param kernel the kernel; {@code dense} for DJL's product with a weight without masks
     * @param ms the median, in milliseconds
     * @param turns how many times it was taken
     * @param ratio how many times as fast as dense
     */
    public record Row(
            String shape,
            int rows,
            Product product,
            String kernel,
            double ms,
            int turns,
            double ratio) {}

    /**
     * A kernel that was not timed.
     *
     * @param kernel the kernel
     * @param shape the layer's size; null if the kernel serves no layer here
     * @param rows the rows of the input; null if the kernel cannot serve the layer
     * @param product what was not computed; null if the kernel cannot serve the layer
     * @param reason why not
     */
    public record LeftOut(
            String kernel,
            @Nullable String shape,
            @Nullable Integer rows,
            @Nullable Product product,
            String reason) {}

    private record Cell(String shape, int rows, Product product) {}

    /**
     * Formats the results for people.
     *
     * @return a table with a line for each size, number of rows and product, and two columns for
     *     each kernel
     */
    public String toTable() {
        Map<Cell, Map<String, Row>> cells = new LinkedHashMap<>();
        Set<String> kernels = new LinkedHashSet<>();
        for (Row row : results) {
            cells.computeIfAbsent(
                            new Cell(row.shape, row.rows, row.product),
                            cell -> new LinkedHashMap<>())
                    .put(row.kernel, row);
            kernels.add(row.kernel);
        }
        kernels.remove(KernelBenchmark.DENSE);
        StringBuilder table = new StringBuilder();
        table.append(
                format(
                        "%s masks, %d threads of %d processors, vectors of %d floats, Java %s;"
                                + " milliseconds, x: times as fast as dense%n%n",
                        pattern, threads, processors, lanes, java));
        table.append(format("%-12s%6s  %-16s%10s", "shape", "rows", "product", "dense"));
        kernels.forEach(kernel -> table.append(format("%12s%8s", kernel, "x")));
        table.append(format("%n"));
        cells.forEach(
                (cell, rows) -> {
                    table.append(
                            format(
                                    "%-12s%6d  %-16s%10s",
                                    cell.shape,
                                    cell.rows,
                                    cell.product,
                                    time(rows.get(KernelBenchmark.DENSE))));
                    for (String kernel : kernels) {
                        Row row = rows.get(kernel);
                        table.append(
                                format(
                                        "%12s%8s",
                                        time(row), row == null ? "-" : format("%.2f", row.ratio)));
                    }
                    table.append(format("%n"));
                });
        leftOutLines().forEach(line -> table.append(format("%s%n", line)));
        return table.toString();
    }

    /** What was too slow has a line a kernel, all else one a layer. */
    private List<String> leftOutLines() {
        List<String> lines = new ArrayList<>();
        Map<String, Integer> slow = new LinkedHashMap<>();
        for (LeftOut each : leftOut) {
            if (each.product == null) {
                lines.add(
                        each.kernel
                                + (each.shape == null ? "" : " at " + each.shape)
                                + " left out: "
                                + each.reason);
            } else {
                slow.merge(each.kernel, 1, Integer::sum);
            }
        }
        slow.forEach(
                (kernel, count) ->
                        lines.add(
                                kernel
                                        + " left out "
                                        + count
                                        + (count == 1 ? " time" : " times")
                                        + " (-): too slow; see --seconds"));
        return lines;
    }

    private static String time(@Nullable Row row) {
        return row == null ? "-" : format("%.3f", row.ms);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
