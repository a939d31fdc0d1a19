package org.djlsparse.cli.report;

import org.djlsparse.cli.weights.CompressionReport;
import org.djlsparse.cli.weights.InspectedTensor;
import org.djlsparse.cli.weights.Inspection;
import org.djlsparse.cli.weights.TensorSize;
import org.djlsparse.internal.text.TextTable;

import java.util.Arrays;
import java.util.List;

/** Sizes and contents of a file's tensors, for people. */
public final class SizeText {

    private SizeText() {}

    /**
     * Formats the outcome of compressing or decompressing a file.
     *
     * @param report the outcome
     * @return a row for each tensor, and a line with the sizes of the files
     */
    public static String of(CompressionReport report) {
        TextTable table = new TextTable().alignRight(4, 5);
        table.add("name", "type", "shape", "stored", "bytes", "in file", "");
        for (TensorSize tensor : report.tensors()) {
            String pattern = tensor.pattern();
            String stored = pattern == null ? "as it is" : pattern;
            table.add(
                    Printable.of(tensor.name()),
                    Printable.of(tensor.type()),
                    Arrays.toString(tensor.shape()),
                    tensor.bothWays() ? stored + " both ways" : stored,
                    Long.toString(tensor.bytes()),
                    Long.toString(tensor.storedBytes()),
                    tensor.reason() == null ? "" : Printable.of(tensor.reason()));
        }
        return table
                + Text.format(
                        "%d bytes before, %d after: %.1f%%, in %.1f s%n",
                        report.bytesBefore(),
                        report.bytesAfter(),
                        100.0 * report.bytesAfter() / report.bytesBefore(),
                        report.seconds());
    }

    /**
     * Formats the contents of a file.
     *
     * @param inspection the contents
     * @return a row for each tensor, and a line on the file
     */
    public static String of(Inspection inspection) {
        TextTable table = new TextTable().alignRight(3, 4, 5);
        table.add("name", "type", "shape", "bytes", "in file", "density", "satisfies");
        for (InspectedTensor tensor : inspection.tensors()) {
            Double density = tensor.density();
            table.add(
                    Printable.of(tensor.name()),
                    Printable.of(tensor.type()),
                    Arrays.toString(tensor.shape()),
                    Long.toString(tensor.bytes()),
                    Long.toString(tensor.storedBytes()),
                    density == null ? "" : Text.format("%.2f%%", 100 * density),
                    patterns(tensor));
        }
        return table + Text.format("%s, %d bytes%n", inspection.kind(), inspection.bytes());
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
}
