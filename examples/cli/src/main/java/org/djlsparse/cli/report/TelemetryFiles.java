package org.djlsparse.cli.report;

import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.LayerSample;
import org.djlsparse.cli.run.RefreshSample;
import org.djlsparse.cli.run.RunResult;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** Writes what was measured along a comparison, for other programs to plot. */
public final class TelemetryFiles {

    private TelemetryFiles() {}

    /**
     * Writes a row for each step of both runs: {@code run, step, loss, seconds, refresh_seconds}.
     * The loss is in nats; the seconds of a step include those of its refresh.
     *
     * @param comparison the runs
     * @param file the file to write
     * @throws IOException if it cannot be written
     */
    public static void writeMetrics(Comparison comparison, Path file) throws IOException {
        RunResult dense = comparison.dense();
        try (Csv csv = new Csv(file, "run", "step", "loss", "seconds", "refresh_seconds")) {
            addSteps(csv, "dense", dense, Collections.nCopies(dense.losses().size(), 0.0));
            addSteps(
                    csv,
                    "sparse",
                    comparison.sparse().result(),
                    comparison.sparse().masks().refreshSeconds());
        }
    }

    private static void addSteps(Csv csv, String run, RunResult result, List<Double> refreshSeconds)
            throws IOException {
        for (int i = 0; i < result.losses().size(); i++) {
            csv.row(
                    run,
                    i + 1,
                    result.losses().get(i),
                    result.stepSeconds().get(i),
                    refreshSeconds.get(i));
        }
    }

    /**
     * Writes a row for each refresh and layer: {@code step, layer, flip_rate, kept_magnitude}. The
     * flip rate of the first masks is empty.
     *
     * @param refreshes the refreshes of the sparse run
     * @param file the file to write
     * @throws IOException if it cannot be written
     */
    public static void writeMasks(List<RefreshSample> refreshes, Path file) throws IOException {
        try (Csv csv = new Csv(file, "step", "layer", "flip_rate", "kept_magnitude")) {
            for (RefreshSample refresh : refreshes) {
                for (LayerSample layer : refresh.layers()) {
                    csv.row(refresh.step(), layer.name(), layer.flipRate(), layer.keptMagnitude());
                }
            }
        }
    }
}
