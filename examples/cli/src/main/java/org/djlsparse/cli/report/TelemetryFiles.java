package org.djlsparse.cli.report;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.training.LayerRefresh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** Writes the telemetry of a comparison as CSV, for other programs to plot. */
public final class TelemetryFiles {

    private TelemetryFiles() {}

    /**
     * Writes a row for each step of both runs: {@code run, step, loss, seconds, refresh_seconds}.
     * The loss is in nats; the seconds of a step include those of its refresh.
     *
     * @param comparison the runs
     * @param file the file to write
     * @throws IOException if the file cannot be written
     */
    public static void writeMetrics(Comparison comparison, Path file) throws IOException {
        RunResult dense = comparison.dense();
        try (CSVPrinter csv = open(file, "run", "step", "loss", "seconds", "refresh_seconds")) {
            addSteps(csv, "dense", dense, Collections.nCopies(dense.losses().size(), 0.0));
            addSteps(
                    csv,
                    "sparse",
                    comparison.sparse().result(),
                    comparison.sparse().refreshSeconds());
        }
    }

    private static void addSteps(
            CSVPrinter csv, String run, RunResult result, List<Double> refreshSeconds)
            throws IOException {
        for (int i = 0; i < result.losses().size(); i++) {
            csv.printRecord(
                    run,
                    i + 1,
                    result.losses().get(i),
                    result.stepSeconds().get(i),
                    refreshSeconds.get(i));
        }
    }

    /**
     * Writes a row for each refresh and layer: {@code step, layer, flip_rate, kept_magnitude}.
     * Steps count from 1; the flip rate of the first masks is empty.
     *
     * @param history the refreshes of the sparse run
     * @param file the file to write
     * @throws IOException if the file cannot be written
     */
    public static void writeMasks(List<LayerRefresh> history, Path file) throws IOException {
        try (CSVPrinter csv = open(file, "step", "layer", "flip_rate", "kept_magnitude")) {
            for (LayerRefresh refresh : history) {
                boolean first = refresh.step() == history.get(0).step();
                csv.printRecord(
                        refresh.step() + 1,
                        refresh.name(),
                        first ? null : refresh.flipRate(),
                        refresh.keptMagnitude());
            }
        }
    }

    private static CSVPrinter open(Path file, String... header) throws IOException {
        return CSVFormat.DEFAULT
                .builder()
                .setHeader(header)
                .setRecordSeparator('\n')
                .get()
                .print(Files.newBufferedWriter(file));
    }
}
