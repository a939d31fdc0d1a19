package org.djlsparse.cli.report;

import org.djlsparse.cli.weights.CheckedTensor;
import org.djlsparse.cli.weights.CheckedTensor.TensorViolation;
import org.djlsparse.cli.weights.LeftOutTensor;
import org.djlsparse.cli.weights.MaskedTensor;
import org.djlsparse.cli.weights.MaskingReport;
import org.djlsparse.internal.text.TextTable;
import org.djlsparse.mask.NmPattern;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Masked and checked tensors of a file, for people. */
public final class TensorText {

    private TensorText() {}

    /**
     * Formats the outcome of masking a file.
     *
     * @param report the outcome
     * @return a table with a row for each masked tensor, and the others with the reason
     */
    public static String of(MaskingReport report) {
        TextTable table = new TextTable().alignRight(3, 5);
        table.add("name", "shape", "solver", "kept", "valid", "seconds");
        for (MaskedTensor tensor : report.tensors()) {
            table.add(
                    Printable.of(tensor.name()),
                    Arrays.toString(tensor.shape()),
                    tensor.solver(),
                    Text.format("%.2f%%", 100 * tensor.kept()),
                    valid(tensor.validRows(), tensor.validColumns()),
                    Text.format("%.3f", tensor.seconds()));
        }
        return table + leftOut(report.leftOut());
    }

    /**
     * Formats the outcome of checking a file.
     *
     * @param tensors the checked tensors
     * @param leftOut the tensors that were not checked
     * @param pattern the pattern
     * @return a line for each tensor
     */
    public static String of(
            List<CheckedTensor> tensors, List<LeftOutTensor> leftOut, NmPattern pattern) {
        TextTable table = new TextTable();
        for (CheckedTensor tensor : tensors) {
            TensorViolation violation = tensor.firstViolation();
            table.add(
                    Printable.of(tensor.name()),
                    valid(tensor.rows(), tensor.columns())
                            + (violation == null ? "" : "; first: " + of(violation, pattern)));
        }
        return table + leftOut(leftOut);
    }

    /** Matrices one by one; scalars and vectors, of which a model has many, as counts by reason. */
    private static String leftOut(List<LeftOutTensor> tensors) {
        StringBuilder text = new StringBuilder();
        Map<String, Integer> scalars = new TreeMap<>();
        Map<String, Integer> vectors = new TreeMap<>();
        for (LeftOutTensor tensor : tensors) {
            if (tensor.shape().length < 2) {
                (tensor.shape().length == 0 ? scalars : vectors)
                        .merge(tensor.reason(), 1, Integer::sum);
            } else {
                text.append(
                        Text.format(
                                "  %s %s: %s%n",
                                Printable.of(tensor.name()),
                                Arrays.toString(tensor.shape()),
                                Printable.of(tensor.reason())));
            }
        }
        scalars.forEach((reason, count) -> text.append(line(count, "scalar", reason)));
        vectors.forEach((reason, count) -> text.append(line(count, "vector", reason)));
        return text.isEmpty() ? "" : Text.format("left out:%n") + text;
    }

    private static String line(int count, String what, String reason) {
        String plural = count == 1 ? "" : "s";
        return Text.format("  %d %s%s: %s%n", count, what, plural, Printable.of(reason));
    }

    private static String of(TensorViolation violation, NmPattern pattern) {
        return Text.format(
                "the %s group at row %d, column %d%s keeps %d, must keep at most %d",
                violation.direction(),
                violation.row(),
                violation.column(),
                violation.tap() > 0 ? ", tap " + violation.tap() : "",
                violation.kept(),
                pattern.n());
    }

    private static String valid(boolean rows, boolean columns) {
        if (rows) {
            return columns ? "both ways" : "rows";
        }
        return columns ? "columns" : "no";
    }
}
