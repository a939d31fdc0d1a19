package org.djlsparse.cli.report;

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
import java.util.stream.Stream;

/** What was done to the tensors of a file, for people. */
public final class TensorText {

    private TensorText() {}

    /**
     * Formats what masking came to.
     *
     * @param report what to show
     * @return a table with a row for each masked tensor, and the others with the reason
     */
    public static String of(MaskingReport report) {
        int nameWidth =
                width("name", report.tensors().stream().map(masked -> masked.tensor().name()));
        int shapeWidth = width("shape", report.tensors().stream().map(TensorText::shape));
        String format = "%-" + nameWidth + "s  %-" + shapeWidth + "s  %-12s%8s  %-10s%9s%n";
        StringBuilder text = new StringBuilder();
        text.append(format(format, "name", "shape", "solver", "kept", "valid", "seconds"));
        for (MaskedTensor tensor : report.tensors()) {
            text.append(
                    format(
                            format,
                            Printable.of(tensor.tensor().name()),
                            shape(tensor),
                            tensor.solver(),
                            format("%.2f%%", 100 * tensor.keptMagnitude()),
                            valid(tensor.validAlongRows(), tensor.validAlongColumns()),
                            format("%.3f", tensor.seconds())));
        }
        return text.append(leftOut(report.leftOut())).toString();
    }

    /**
     * Formats what checking came to.
     *
     * @param report what to show
     * @return a line for each tensor
     */
    public static String of(CheckReport report) {
        int nameWidth =
                width("", report.tensors().stream().map(checked -> checked.tensor().name()));
        StringBuilder text = new StringBuilder();
        for (CheckedTensor tensor : report.tensors()) {
            Violation violation = tensor.firstViolation();
            text.append(
                    format(
                            "%-" + nameWidth + "s  %s%s%n",
                            Printable.of(tensor.tensor().name()),
                            valid(tensor.validAlongRows(), tensor.validAlongColumns()),
                            violation == null
                                    ? ""
                                    : "; first: " + of(violation, report.pattern())));
        }
        return text.append(leftOut(report.leftOut())).toString();
    }

    /** Matrices one by one; of the many vectors how many there are, by reason. */
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
                        format(
                                "  %s %s: %s%n",
                                Printable.of(tensor.name()),
                                Arrays.toString(tensor.shape()),
                                Printable.of(left.reason())));
            }
        }
        scalars.forEach((reason, count) -> text.append(line(count, "scalar", reason)));
        vectors.forEach((reason, count) -> text.append(line(count, "vector", reason)));
        return text.isEmpty() ? "" : format("left out:%n") + text;
    }

    private static String line(int count, String what, String reason) {
        String plural = count == 1 ? "" : "s";
        return format("  %d %s%s: %s%n", count, what, plural, Printable.of(reason));
    }

    private static String of(Violation violation, NmPattern pattern) {
        return format(
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

    private static String shape(MaskedTensor tensor) {
        return Arrays.toString(tensor.tensor().shape());
    }

    private static int width(String title, Stream<String> values) {
        return values.mapToInt(value -> Printable.of(value).length())
                .reduce(title.length(), Math::max);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
