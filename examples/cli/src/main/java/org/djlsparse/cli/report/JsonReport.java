package org.djlsparse.cli.report;

import org.djlsparse.SparsityReport;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.layer.LayerSparsity;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** A comparison for programs, as one JSON object. */
public final class JsonReport {

    private JsonReport() {}

    /**
     * Formats a comparison.
     *
     * @param task the task
     * @param model the model
     * @param metric the metric of both runs
     * @param comparison the comparison
     * @return a record for {@link Json#of}
     */
    public static Record of(TaskName task, ModelName model, Metric metric, Comparison comparison) {
        RunResult dense = comparison.dense();
        RunResult sparse = comparison.sparse().result();
        SparsityReport report = comparison.sparse().report();
        return new Root(
                task,
                model,
                comparison.settings().pattern().toString(),
                comparison.settings().mask(),
                comparison.settings().kernel().toString(),
                comparison.kernelSeconds(),
                comparison.settings().seed(),
                comparison.settings().steps(),
                new Dense(
                        dense.finalScore().loss(),
                        dense.finalScore().metric(),
                        metric,
                        dense.seconds()),
                new Sparse(
                        sparse.finalScore().loss(),
                        sparse.finalScore().metric(),
                        metric,
                        sparse.seconds(),
                        report.getDensity(),
                        comparison.settings().mask().isValid(report),
                        report.refreshes(),
                        report.getFlipRate(),
                        report.layers().stream()
                                .map(layer -> Layer.of(layer, report.kernels()))
                                .toList()));
    }

    private record Root(
            TaskName task,
            ModelName model,
            String pattern,
            MaskKind mask,
            String kernel,
            double kernelSeconds,
            int seed,
            int steps,
            Dense dense,
            Sparse sparse) {}

    private record Dense(double loss, double metric, Metric metricName, double seconds) {}

    private record Sparse(
            double loss,
            double metric,
            Metric metricName,
            double seconds,
            double density,
            boolean valid,
            long refreshes,
            double flipRate,
            List<Layer> layers) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Layer(
            String name,
            long @Nullable [] shape,
            boolean masked,
            @Nullable String reason,
            @Nullable String kernel) {

        static Layer of(LayerSparsity layer, Map<String, String> kernels) {
            return new Layer(
                    layer.name(),
                    layer.shape() == null ? null : layer.shape().getShape(),
                    layer.isChosen(),
                    layer.reason(),
                    kernels.get(layer.name()));
        }
    }
}
