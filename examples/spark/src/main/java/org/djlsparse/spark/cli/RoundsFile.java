package org.djlsparse.spark.cli;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.djlsparse.spark.RoundReport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the figures of rounds as CSV, for other programs to plot. */
final class RoundsFile {

    private RoundsFile() {}

    /** Writes a row for each round. Rounds count from 1, the loss is in nats. */
    static void write(List<RoundReport> rounds, Path file) throws IOException {
        try (CSVPrinter csv =
                CSVFormat.DEFAULT
                        .builder()
                        .setHeader(
                                "round",
                                "step",
                                "examples",
                                "loss",
                                "seconds",
                                "training_seconds",
                                "refresh_seconds",
                                "sent_bytes",
                                "returned_bytes",
                                "dense_bytes")
                        .setRecordSeparator('\n')
                        .get()
                        .print(Files.newBufferedWriter(file))) {
            for (RoundReport round : rounds) {
                csv.printRecord(
                        round.round() + 1,
                        round.step(),
                        round.examples(),
                        round.getLoss(),
                        round.seconds(),
                        round.trainingSeconds(),
                        round.refreshSeconds(),
                        round.sentBytes(),
                        round.returnedBytes(),
                        round.denseBytes());
            }
        }
    }
}
