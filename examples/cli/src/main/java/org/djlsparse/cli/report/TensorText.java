package org.djlsparse.cli.report;

import org.djlsparse.internal.text.TextTable;
import org.djlsparse.io.CheckReport;
import org.djlsparse.io.CheckedTensor;
import org.djlsparse.io.CheckedTensor.Violation;
import org.djlsparse.io.LeftOutTensor;
import org.djlsparse.io.MaskedTensor;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.mask.NmPattern;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
                    Printable.of(tensor.tensor().name()),
                    Arrays.toString(tensor.tensor().shape()),
                    tensor.solver(),
                    Text.format("%.2f%%", 100 * tensor.keptMagnitude()),
                    valid(tensor.validAlongRows(), tensor.validAlongColumns()),
                    Text.format("%.3f", tensor.seconds()));
        }
        return table + leftOut(report.leftOut());
    }

    /**
     * Formats the outcome of checking a file.
     *
     * @param report the outcome
     * @return a line for each tensor
     */
    public static String of(CheckReport report) {
        TextTable table = new TextTable();
        for (CheckedTensor tensor : report.tensors()) {
            Violation violation = tensor.firstViolation();
            table.add(
                    Printable.of(tensor.tensor().name()),
                    valid(tensor.validAlongRows(), tensor.validAlongColumns())
                            + (violation == null
                                    ? ""
                                    : "; first: " + of(violation, report.pattern())));
        }
        return table + leftOut(report.leftOut());
    }

    /** Matrices one by one; scalars and vectors, of which a model has many, as counts by reason. */
    private static String leftOut(List<LeftOutTensor> tensors) {
        StringBuilder text = new StringBuilder();
        Map<String, Integer> scalars = new TreeMap<>();
        Map<String, Integer> vectors = new TreeMap<>();
        for (LeftOutTensor left : tensors) {
            TensorInfo tensor = left.tensor();
            if (tensor.shape().length < 2) {
                (tensor.shape().length == 0 ? scalars : vectors)
                        .merge(left.reason(), 1, Integer::sum);
            } else {
                text.append(
                        Text.format(
                                "  %s %s: %s%n",
                                Printable.of(tensor.name()),
                                Arrays.toString(tensor.shape()),
                                Printable.of(left.reason())));
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

    private static String of(Violation violation, NmPattern pattern) {
        return Text.format(
                "the %s group at row %d, column %d%s keeps %d, must keep at most %d",
                violation.direction().name().toLowerCase(Locale.ROOT),
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
