package org.djlsparse.cli.bench;

import org.djlsparse.cli.bench.KernelBenchmarkReport.LeftOut;
import org.djlsparse.cli.bench.KernelBenchmarkReport.Row;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class KernelBenchmarkReportTest {

    @Test
    void aTableHasALineForEachProductAndSaysWhatIsMissing() {
        KernelBenchmarkReport report =
                new KernelBenchmarkReport(
                        "2:4",
                        2,
                        4,
                        16,
                        "17",
                        List.of(
                                row(Product.FORWARD, "dense", 6, 1),
                                row(Product.FORWARD, "fast", 4, 1.5),
                                row(Product.FORWARD, "slow", 12, 0.5),
                                row(Product.LAYER, "dense", 18, 1),
                                row(Product.LAYER, "fast", 9, 2)),
                        List.of(
                                new LeftOut("none", null, null, null, "no CUDA device"),
                                new LeftOut("fast", "30x8", null, null, "must be even"),
                                new LeftOut("slow", "16x8", 4, Product.LAYER, "takes long")));

        assertThat(report.toTable("see --seconds").lines())
                .containsExactly(
                        "2:4 masks, 2 threads of 4 processors, vectors of 16 floats, Java 17;"
                                + " milliseconds, x: times as fast as dense",
                        "",
                        "shape  rows  product   dense   fast     x    slow     x",
                        "16x8      4  forward   6.000  4.000  1.50  12.000  0.50",
                        "16x8      4  layer    18.000  9.000  2.00       -     -",
                        "none left out: no CUDA device",
                        "fast at 30x8 left out: must be even",
                        "slow left out 1 time (-): too slow; see --seconds");
    }

    private static Row row(Product product, String kernel, double millis, double ratio) {
        return new Row("16x8", 4, product, kernel, millis, 3, ratio);
    }
}
