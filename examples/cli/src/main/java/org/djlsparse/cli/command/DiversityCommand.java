package org.djlsparse.cli.command;

import org.djlsparse.cli.report.Text;
import org.djlsparse.internal.text.TextTable;
import org.djlsparse.mask.MaskDiversity;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Counts the masks that satisfy a constraint. */
@Command(
        name = "diversity",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Counts the masks of a square block: unstructured masks of the same density, row"
                    + " masks, and transposable masks.",
            "Prints the exact counts and the values of the paper's formula, which for"
                    + " transposable masks is not the number of masks."
        })
public final class DiversityCommand implements Callable<Integer> {

    private static final int SMALLEST_DEFAULT_BLOCK = 8;

    /** Counting takes a second or two here; the time grows with the fourth power. */
    private static final int LARGEST_BLOCK = 256;

    /** Up to this M, any N is counted within a few seconds. */
    private static final int ANY_N_UP_TO = 16;

    /** For a larger M, so many states of a tile's columns are counted within ten seconds. */
    private static final long MOST_STATES = 400_000;

    @Spec private CommandSpec spec;

    @Option(
            names = "--pattern",
            defaultValue = "4:8",
            description = "The pattern N:M: N kept of every M.")
    private NmPattern pattern;

    @Option(
            names = "--block",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of rows, and of columns, of the block: a multiple of M. By"
                            + " default the smallest that is at least 8.")
    private @Nullable Integer block;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public DiversityCommand() {}

    private record Report(
            String pattern, int block, Count unstructured, Count row, Count transposable) {}

    /** The formula's value, as a number or, beyond the range of a double, a string; the count. */
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
        answer.print(
                new Report(
                        pattern.toString(),
                        side,
                        Count.of(unstructured, unstructured),
                        Count.of(row, row),
                        Count.of(formula, transposable)),
                () -> {
                    TextTable table = new TextTable().alignRight(1);
                    table.add("masks", "formula", "exact");
                    table.add("unstructured", scientific(unstructured), text(unstructured));
                    table.add("row", scientific(row), text(row));
                    table.add("transposable", scientific(formula), text(transposable));
                    return Text.format(
                            "masks of a block of %d x %d, %s%n%n%s", side, side, pattern, table);
                });
        return 0;
    }

    /** Returns a count in full if it fits on a line. */
    private static String text(BigInteger count) {
        String digits = count.toString();
        return digits.length() <= 40
                ? digits
                : scientific(count) + " (" + digits.length() + " digits; --json prints them)";
    }

    private static String scientific(BigInteger value) {
        return Text.format("%.6e", new BigDecimal(value));
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
        long states = 1; // ways to distribute M columns over the numbers of missing entries
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
