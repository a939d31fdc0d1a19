package org.djlsparse.cli.command;

import org.djlsparse.cli.report.Json;
import org.djlsparse.mask.MaskDiversity;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Counts the masks that a constraint leaves. */
@Command(
        name = "diversity",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Counts the masks of a square block: unstructured ones of the same density, row-wise"
                    + " ones, and transposable ones.",
            "Beside the true counts stands the paper's formula. For transposable masks it is not"
                    + " the number of masks."
        })
public final class DiversityCommand implements Callable<Integer> {

    private static final int SMALLEST_DEFAULT_BLOCK = 8;

    /** Counting takes a second or two here, and grows with the fourth power. */
    private static final int LARGEST_BLOCK = 256;

    /** Up to here any N is counted within a few seconds. */
    private static final int ANY_N_UP_TO = 16;

    /** Beyond, so many states of a tile's columns are counted within ten. */
    private static final long MOST_STATES = 400_000;

    @Spec private CommandSpec spec;

    @Option(
            names = "--pattern",
            defaultValue = "4:8",
            converter = PatternConverter.class,
            description = "N:M, the number kept of every M.")
    private NmPattern pattern;

    @Option(
            names = "--block",
            converter = AtLeastOne.class,
            description =
                    "The block's number of rows and of columns, a multiple of M. By default the"
                            + " first that is at least 8.")
    private @Nullable Integer block;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public DiversityCommand() {}

    private record Report(
            String pattern, int block, Count unstructured, Count row, Count transposable) {}

    /** The formula's value, a number or, where it is beyond a double, a string; the true count. */
    private record Count(Object formula, String exact) {

        static Count of(BigInteger formula, BigInteger exact) {
            double value = formula.doubleValue();
            return new Count(
                    Double.isInfinite(value) ? scientific(formula) : value, exact.toString());
        }
    }

    @Override
    public Integer call() {
        checkPattern();
        int side = side();
        BigInteger unstructured = MaskDiversity.unstructured(pattern, side);
        BigInteger row = MaskDiversity.rowWise(pattern, side);
        BigInteger transposable = MaskDiversity.transposable(pattern, side);
        BigInteger formula = MaskDiversity.transposableFormula(pattern, side);
        PrintWriter writer = spec.commandLine().getOut();
        if (json) {
            writer.println(
                    Json.of(
                            new Report(
                                    pattern.toString(),
                                    side,
                                    Count.of(unstructured, unstructured),
                                    Count.of(row, row),
                                    Count.of(formula, transposable))));
        } else {
            writer.printf(Locale.ROOT, "masks of a %d x %d block, %s%n%n", side, side, pattern);
            print(writer, "masks", "formula", "exact");
            print(writer, "unstructured", scientific(unstructured), text(unstructured));
            print(writer, "row", scientific(row), text(row));
            print(writer, "transposable", scientific(formula), text(transposable));
        }
        writer.flush();
        return 0;
    }

    private static void print(PrintWriter writer, String masks, String formula, String exact) {
        writer.printf(Locale.ROOT, "%-14s%14s  %s%n", masks, formula, exact);
    }

    /** A count in full, if it fits a line. */
    private static String text(BigInteger count) {
        String digits = count.toString();
        return digits.length() <= 40
                ? digits
                : scientific(count) + " (" + digits.length() + " digits; --json prints them)";
    }

    private static String scientific(BigInteger value) {
        return String.format(Locale.ROOT, "%.6e", new BigDecimal(value));
    }

    private int side() {
        int m = pattern.m();
        if (block == null) {
            return (SMALLEST_DEFAULT_BLOCK + m - 1) / m * m;
        }
        if (block % m != 0 || block > LARGEST_BLOCK) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--block "
                            + block
                            + ": must be a multiple of M = "
                            + m
                            + ", at most "
                            + LARGEST_BLOCK);
        }
        return block;
    }

    private void checkPattern() {
        int m = pattern.m();
        if (m > LARGEST_BLOCK) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--pattern " + pattern + ": M must be at most " + LARGEST_BLOCK + " to count");
        }
        if (m <= ANY_N_UP_TO) {
            return;
        }
        int most = 0;
        long states = 1; // the ways to share M columns among the numbers that a column may lack
        while (states <= MOST_STATES) {
            most++;
            states = states * (m + most) / most;
        }
        most--;
        if (Math.min(pattern.n(), m - pattern.n()) > most) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--pattern "
                            + pattern
                            + ": counting would take too long: for M = "
                            + m
                            + ", N must be at most "
                            + most
                            + " or at least "
                            + (m - most));
        }
    }
}
