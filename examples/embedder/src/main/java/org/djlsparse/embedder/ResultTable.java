package org.djlsparse.embedder;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints results as the rows of a table, each when it is known. */
final class ResultTable {

    private static final String ROW =
            "%-7s  %-9s  %-7s  %-8s  %-7s  %-6s  %-5s  %-5s  %-10s  %-8s  %-9s  %s%n";

    private final PrintWriter out;

    ResultTable(PrintWriter out) {
        this.out = out;
    }

    void printHeader(Sentences sentences) {
        out.printf(
                "%d sentences held out, %d for training%n",
                sentences.heldOut().size(), sentences.training().size());
        out.printf(
                ROW,
                "pattern",
                "method",
                "Pearson",
                "Spearman",
                "nearest",
                "cosine",
                "valid",
                "MB",
                "compressed",
                "dense ms",
                "sparse ms",
                "seconds");
        out.flush();
    }

    void print(VariantResult result) {
        Similarity similarity = result.similarity();
        boolean dense = result.pattern() == null;
        out.printf(
                ROW,
                dense ? "" : result.pattern(),
                result.method(),
                decimals(4, similarity.pearson()),
                decimals(4, similarity.spearman()),
                decimals(1, 100 * similarity.nearest()) + "%",
                decimals(4, similarity.cosine()),
                dense ? "" : result.transposable() ? "yes" : "no",
                decimals(1, result.bytes() / 1e6),
                decimals(1, result.compressedBytes() / 1e6),
                decimals(2, result.denseMillis()),
                decimals(2, result.millis()),
                dense ? "" : decimals(0, result.seconds()));
        out.flush();
    }

    private static String decimals(int count, @Nullable Double value) {
        return value == null ? "" : String.format(Locale.ROOT, "%." + count + "f", value);
    }
}
