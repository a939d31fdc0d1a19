package org.djlsparse.cli.weights;

import org.djlsparse.io.CheckReport;
import org.djlsparse.io.CheckedTensor;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * The outcome of checking a file, for programs. The components are the keys of its JSON.
 *
 * @param pattern the pattern
 * @param tensors the tensors that were checked
 * @param leftOut the tensors that were not checked
 */
public record CheckJson(String pattern, List<Tensor> tensors, List<LeftOutJson> leftOut) {

    /**
     * The outcome of checking a tensor.
     *
     * @param name the tensor's name
     * @param rows whether the weight satisfies the pattern
     * @param columns whether its transpose does
     * @param firstViolation the first group that keeps too many entries; null if no group does
     */
    public record Tensor(
            String name, boolean rows, boolean columns, @Nullable Violation firstViolation) {

        private static Tensor of(CheckedTensor checked) {
            CheckedTensor.Violation first = checked.firstViolation();
            return new Tensor(
                    checked.tensor().name(),
                    checked.validAlongRows(),
                    checked.validAlongColumns(),
                    first == null ? null : Violation.of(first));
        }
    }

    /**
     * A group that keeps too many entries.
     *
     * @param direction "row" or "column"
     * @param tap the kernel tap
     * @param tileRow the index of the tile among those below each other
     * @param tileColumn the index of the tile among those beside each other
     * @param row the row of the group's first entry
     * @param column the column of the group's first entry
     * @param kept the number of entries that the group keeps
     */
    public record Violation(
            String direction,
            int tap,
            long tileRow,
            int tileColumn,
            long row,
            int column,
            int kept) {

        private static Violation of(CheckedTensor.Violation violation) {
            return new Violation(
                    violation.direction().name().toLowerCase(Locale.ROOT),
                    violation.tap(),
                    violation.tileRow(),
                    violation.tileColumn(),
                    violation.row(),
                    violation.column(),
                    violation.kept());
        }
    }

    /**
     * Converts a report.
     *
     * @param report the report
     * @return its JSON
     */
    public static CheckJson of(CheckReport report) {
        return new CheckJson(
                report.pattern().toString(),
                report.tensors().stream().map(Tensor::of).toList(),
                LeftOutJson.of(report.leftOut()));
    }
}
