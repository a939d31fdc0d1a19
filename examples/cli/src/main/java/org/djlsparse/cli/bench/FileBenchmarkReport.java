package org.djlsparse.cli.bench;

import org.djlsparse.cli.report.Text;
import org.djlsparse.internal.text.TextTable;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The times of the commands for files and of the parts that no program can avoid. The components
 * are the keys of its JSON; times are medians, in seconds.
 *
 * @param tensors the number of tensors
 * @param size the number of rows, and of columns, of each tensor, of type F32
 * @param pattern the pattern
 * @param bytes the size of the file
 * @param turns the number of turns
 * @param processors the number of available processors
 * @param java the version of Java
 * @param bounds the times of the parts
 * @param commands the commands
 */
public record FileBenchmarkReport(
        int tensors,
        int size,
        String pattern,
        long bytes,
        int turns,
        int processors,
        String java,
        Bounds bounds,
        List<Row> commands) {

    /**
     * The times of the parts.
     *
     * @param read the time of {@code cat FILE}, with its output discarded
     * @param copy the time of {@code cp FILE COPY}
     * @param flush the time from the end of {@code cp} until the copy was on the disk
     * @param pass the time of summing all values in memory, in one thread
     * @param solver the time of the search for all masks, with the weights in memory
     * @param start the time of {@code djl-sparse --version}: the start of Java and the command line
     */
    public record Bounds(
            double read, double copy, double flush, double pass, double solver, double start) {}

    /**
     * The result of one command, in a new process.
     *
     * @param command the name of the command
     * @param seconds the time of the command
     * @param boundOf the parts of its lower bound
     * @param bound the sum of the times of these parts
     * @param ratio seconds over bound
     * @param goal the largest intended ratio, for files of a GiB
     * @param memory the peak memory in bytes; null if the system does not report it
     */
    public record Row(
            String command,
            double seconds,
            String boundOf,
            double bound,
            double ratio,
            double goal,
            @Nullable Long memory) {}

    /**
     * Formats the results for people.
     *
     * @return two tables
     */
    public String toTable() {
        TextTable parts = new TextTable().alignRight(1);
        add(parts, "read", "cat FILE", bounds.read);
        add(parts, "copy", "cp FILE COPY", bounds.copy);
        add(parts, "flush", "flushing that copy to the disk", bounds.flush);
        add(parts, "pass", "one pass over the values, one thread", bounds.pass);
        add(parts, "solver", "all masks, weights in memory", bounds.solver);
        add(parts, "start", "djl-sparse --version", bounds.start);
        TextTable table = new TextTable().alignRight(1, 2, 3, 4, 5);
        table.add("command", "s", "bound", "ratio", "goal", "MiB", "bound of");
        for (Row row : commands) {
            table.add(
                    row.command,
                    Text.format("%.2f", row.seconds),
                    Text.format("%.2f", row.bound),
                    Text.format("%.2f", row.ratio),
                    Text.format("%.1f", row.goal),
                    row.memory == null ? Text.NONE : Text.format("%.0f", row.memory / 0x1p20),
                    row.boundOf);
        }
        return Text.format(
                "%d tensors of %d x %d, %.0f MiB, %s, median of %d turns%n%n%s%n%s",
                tensors, size, size, bytes / 0x1p20, pattern, turns, parts, table);
    }

    private static void add(TextTable table, String part, String description, double seconds) {
        table.add(part, Text.format("%.2f s", seconds), description);
    }
}
