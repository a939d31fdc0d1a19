package org.djlsparse.spark.cli;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.TensorOptions;
import org.djlsparse.cli.report.SizeText;
import org.djlsparse.cli.weights.CompressionReport;
import org.djlsparse.cli.weights.TensorSize;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.spark.CheckpointResult;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Reports on checkpoints that were compressed or decompressed, as on files. */
final class SizeReport {

    private final Configuration hadoop;
    private final String out;
    private final long start = System.nanoTime();

    /** Starts the clock of the report on a folder to be written. */
    SizeReport(Configuration hadoop, String out) {
        this.hadoop = hadoop;
        this.out = out;
    }

    private CompressionReport compressed(CheckpointResult<CompressionResult> result)
            throws IOException {
        return of(result, result.report().tensors(), result.report().reasons());
    }

    CompressionReport decompressed(CheckpointResult<List<StoredTensor>> result) throws IOException {
        return of(result, result.report(), Map.of());
    }

    /** Prints the report of a command that compresses. */
    void print(Job job, TensorOptions tensors, Output output) throws IOException {
        CompressionReport report;
        try {
            report = compressed(job.run());
        } catch (IllegalArgumentException e) {
            throw tensors.nameOption(e);
        }
        print(report, output);
    }

    static void print(CompressionReport report, Output output) {
        output.warn(report.warnings());
        output.print(report, () -> SizeText.of(report));
    }

    /** Compresses a checkpoint. */
    @FunctionalInterface
    interface Job {
        CheckpointResult<CompressionResult> run() throws IOException;
    }

    private CompressionReport of(
            CheckpointResult<?> result, List<StoredTensor> tensors, Map<String, String> reasons)
            throws IOException {
        Path folder = new Path(out);
        return new CompressionReport(
                result.inputBytes(),
                folder.getFileSystem(hadoop).getContentSummary(folder).getLength(),
                (System.nanoTime() - start) * 1e-9,
                tensors.stream()
                        .map(stored -> TensorSize.of(stored, reasons.get(stored.tensor().name())))
                        .toList(),
                result.warnings());
    }
}
