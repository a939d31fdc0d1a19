package org.djlsparse.cli.report;

import org.djlsparse.cli.weights.CompressionReport;
import org.djlsparse.cli.weights.InspectedTensor;
import org.djlsparse.cli.weights.Inspection;
import org.djlsparse.cli.weights.TensorSize;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** How large the tensors of a file are and what is in them, for people. */
public final class SizeText {

    private SizeText() {}

    /**
     * Formats what compressing or decompressing came to.
     *
     * @param report what to show
     * @return a row for each tensor, and a line with the sizes of the files
     */
    public static String of(CompressionReport report) {
        List<TensorSize> tensors = report.tensors();
        int nameWidth = width("name", tensors.stream().map(TensorSize::name));
        int shapeWidth =
                width("shape", tensors.stream().map(tensor -> Arrays.toString(tensor.shape())));
        int typeWidth = Math.max(4, width("", tensors.stream().map(TensorSize::type))) + 1;
        int[] widths = {nameWidth + 2, typeWidth, shapeWidth + 2, 15, -14, -14, 0};
        StringBuilder text = new StringBuilder();
        row(text, widths, "name", "type", "shape", "stored", "bytes", "in file", "");
        for (TensorSize tensor : tensors) {
            String pattern = tensor.pattern();
            String stored = pattern == null ? "as it is" : pattern;
            row(
                    text,
                    widths,
                    Printable.of(tensor.name()),
                    Printable.of(tensor.type()),
                    Arrays.toString(tensor.shape()),
                    tensor.bothWays() ? stored + " both ways" : stored,
                    Long.toString(tensor.bytes()),
                    Long.toString(tensor.storedBytes()),
                    tensor.reason() == null ? "" : "  " + Printable.of(tensor.reason()));
        }
        text.append(
                line(
                        "%d bytes before, %d after: %.1f%%, in %.1f s",
                        report.bytesBefore(),
                        report.bytesAfter(),
                        100.0 * report.bytesAfter() / report.bytesBefore(),
                        report.seconds()));
        return text.toString();
    }

    /**
     * Formats what is in a file.
     *
     * @param inspection what to show
     * @return a row for each tensor, and a line on the file
     */
    public static String of(Inspection inspection) {
        List<InspectedTensor> tensors = inspection.tensors();
        int nameWidth = width("name", tensors.stream().map(InspectedTensor::name));
        int shapeWidth =
                width("shape", tensors.stream().map(tensor -> Arrays.toString(tensor.shape())));
        int typeWidth = Math.max(7, width("", tensors.stream().map(InspectedTensor::type))) + 1;
        int[] widths = {nameWidth + 2, typeWidth, shapeWidth + 2, -14, -14, -9, 0};
        StringBuilder text = new StringBuilder();
        row(text, widths, "name", "type", "shape", "bytes", "in file", "density", "  satisfies");
        for (InspectedTensor tensor : tensors) {
            Double density = tensor.density();
            row(
                    text,
                    widths,
                    Printable.of(tensor.name()),
                    Printable.of(tensor.type()),
                    Arrays.toString(tensor.shape()),
                    Long.toString(tensor.bytes()),
                    Long.toString(tensor.storedBytes()),
                    density == null ? "" : String.format(Locale.ROOT, "%.2f%%", 100 * density),
                    "  " + patterns(tensor));
        }
        text.append(line("%s, %d bytes", inspection.kind(), inspection.bytes()));
        return text.toString();
    }

    /** Those both ways, then those along the inputs only. */
    private static String patterns(InspectedTensor tensor) {
        if (tensor.carried()) {
            return "carried as it is";
        }
        List<String> inputs = tensor.inputs();
        List<String> bothWays = tensor.bothWays();
        if (inputs == null || bothWays == null) {
            return "";
        }
        List<String> only = inputs.stream().filter(pattern -> !bothWays.contains(pattern)).toList();
        String both = bothWays.isEmpty() ? "" : String.join(" ", bothWays) + " both ways";
        String some = only.isEmpty() ? "" : String.join(" ", only) + " along inputs";
        if (both.isEmpty() && some.isEmpty()) {
            return "none";
        }
        return both.isEmpty() || some.isEmpty() ? both + some : both + "; " + some;
    }

    private static int width(String title, Stream<String> values) {
        return values.mapToInt(value -> Printable.of(value).length())
                .reduce(title.length(), Math::max);
    }

    /**
     * Adds a row. There may be a million, which {@code String.format} takes a while for.
     *
     * @param widths of the cells, negative where they stand at the right
     */
    private static void row(StringBuilder text, int[] widths, String... cells) {
        for (int i = 0; i < cells.length; i++) {
            int padding = Math.max(0, Math.abs(widths[i]) - cells[i].length());
            boolean right = widths[i] < 0;
            text.append(" ".repeat(right ? padding : 0)).append(cells[i]);
            text.append(" ".repeat(right ? 0 : padding));
        }
        int end = text.length();
        while (text.charAt(end - 1) == ' ') {
            end--;
        }
        text.setLength(end);
        text.append(System.lineSeparator());
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values).stripTrailing() + System.lineSeparator();
    }
}
