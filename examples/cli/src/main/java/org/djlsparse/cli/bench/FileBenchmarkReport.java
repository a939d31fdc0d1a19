package org.djlsparse.cli.bench;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * How fast the commands for files are, beside what no program can do without. The components are
 * the keys of its JSON; times are medians, in seconds.
 *
 * @param tensors the number of tensors
 * @param size the number of rows and of columns of each, of type F32
 * @param pattern the pattern
 * @param bytes the size of the file
 * @param turns how often each was timed
 * @param processors the number of processors that the programs may use
 * @param java the version of Java
 * @param bounds what the commands are held against
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
     * @param read of {@code cat FILE}, to nowhere
     * @param copy of {@code cp FILE COPY}
     * @param flush until that copy was on the disk, after {@code cp} was done
     * @param pass of adding up all values, once they are in memory, in one thread
     * @param solver of the search for all masks, once the weights are in memory
     * @param start of {@code djl-sparse --version}: of Java and the command line
     */
    public record Bounds(
            double read, double copy, double flush, double pass, double solver, double start) {}

    /**
     * How one command did, in a process of its own.
     *
     * @param command its name
     * @param seconds its time
     * @param boundOf the parts that make up its lower bound
     * @param bound the sum of these
     * @param ratio seconds over bound
     * @param goal what the ratio is meant to be at most, for files of a GiB
     * @param memory the most memory that it had, in bytes; null if the system does not say
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
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        "%d tensors of %d x %d, %.0f MiB, %s, median of %d turns%n%n",
                        tensors,
                        size,
                        size,
                        bytes / 0x1p20,
                        pattern,
                        turns));
        append(text, "read", "cat FILE", bounds.read);
        append(text, "copy", "cp FILE COPY", bounds.copy);
        append(text, "flush", "bringing that copy to the disk", bounds.flush);
        append(text, "pass", "one pass over the values, one thread", bounds.pass);
        append(text, "solver", "all masks, weights in memory", bounds.solver);
        append(text, "start", "djl-sparse --version", bounds.start);
        String format = "%-12s%8s%8s%8s%7s%10s  %s%n";
        text.append(
                String.format(
                        Locale.ROOT,
                        "%n" + format,
                        "command",
                        "s",
                        "bound",
                        "ratio",
                        "goal",
                        "MiB",
                        "bound of"));
        for (Row row : commands) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            format,
                            row.command,
                            String.format(Locale.ROOT, "%.2f", row.seconds),
                            String.format(Locale.ROOT, "%.2f", row.bound),
                            String.format(Locale.ROOT, "%.2f", row.ratio),
                            String.format(Locale.ROOT, "%.1f", row.goal),
                            row.memory == null
                                    ? "-"
                                    : String.format(Locale.ROOT, "%.0f", row.memory / 0x1p20),
                            row.boundOf));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String part, String what, double seconds) {
        text.append(String.format(Locale.ROOT, "%-8s%8.2f s  %s%n", part, seconds, what));
    }
}
