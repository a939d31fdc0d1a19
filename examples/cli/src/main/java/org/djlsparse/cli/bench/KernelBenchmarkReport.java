package org.djlsparse.cli.bench;

import org.djlsparse.cli.report.Text;
import org.djlsparse.internal.text.TextTable;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The outcome of a benchmark of kernels. The components are the keys of its JSON.
 *
 * @param pattern the pattern of the masks, which are transposable
 * @param threads the number of threads of each product
 * @param processors the number of available processors
 * @param lanes the number of floats in a vector of Java's Vector API; 0 if kernels cannot use it
 * @param java the version of Java
 * @param results a row for each size, number of rows, product and kernel, dense first
 * @param leftOut the kernels and products left out
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
     * The time of one kernel.
     *
     * @param shape the layer's size, outputs and inputs
     * @param rows the number of rows of the input
     * @param product the product
     * @param kernel the kernel; {@code dense} for DJL's product with a weight without a mask
     * @param ms the median time in milliseconds
     * @param turns the number of measurements
     * @param ratio the speed relative to dense
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
     * A kernel that was left out.
     *
     * @param kernel the kernel
     * @param shape the layer's size; null if the kernel serves no layer here
     * @param rows the number of rows of the input; null if the kernel cannot serve the layer
     * @param product the product; null if the kernel cannot serve the layer
     * @param reason the reason
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
     * @param advice what helps if a kernel was too slow, in words
     * @return a table with a line for each size, number of rows and product, and two columns for
     *     each kernel
     */
    public String toTable(String advice) {
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
        List<String> header = new ArrayList<>(List.of("shape", "rows", "product", "dense"));
        kernels.forEach(kernel -> header.addAll(List.of(kernel, "x")));
        TextTable table = new TextTable().alignRight(1);
        table.alignRight(IntStream.range(3, header.size()).toArray());
        table.add(header.toArray(String[]::new));
        cells.forEach((cell, rows) -> table.add(line(cell, rows, kernels)));
        StringBuilder text = new StringBuilder();
        text.append(
                Text.format(
                        "%s masks, %d threads of %d processors, vectors of %d floats, Java %s;"
                                + " milliseconds, x: times as fast as dense%n%n",
                        pattern, threads, processors, lanes, java));
        text.append(table);
        leftOutLines(advice).forEach(line -> text.append(Text.format("%s%n", line)));
        return text.toString();
    }

    private static String[] line(Cell cell, Map<String, Row> rows, Set<String> kernels) {
        List<String> line = new ArrayList<>();
        line.add(cell.shape);
        line.add(Integer.toString(cell.rows));
        line.add(cell.product.toString());
        line.add(time(rows.get(KernelBenchmark.DENSE)));
        for (String kernel : kernels) {
            Row row = rows.get(kernel);
            line.add(time(row));
            line.add(row == null ? Text.NONE : Text.format("%.2f", row.ratio));
        }
        return line.toArray(String[]::new);
    }

    /** A line per kernel for products that were too slow; otherwise one per layer. */
    private List<String> leftOutLines(String advice) {
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
                                        + " (-): too slow; "
                                        + advice));
        return lines;
    }

    private static String time(@Nullable Row row) {
        return row == null ? Text.NONE : Text.format("%.3f", row.ms);
    }
}
