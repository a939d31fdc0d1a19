package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.convert.LayerConversion;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** A conversion for programs: one JSON object. The records' components are its keys. */
public final class ConversionJson {

    private ConversionJson() {}

    /**
     * Formats a conversion.
     *
     * @param task the task
     * @param model the model
     * @param metric the metric of the model
     * @param result what to show
     * @return one line of JSON
     */
    public static String of(
            TaskName task, ModelName model, Metric metric, ConversionResult result) {
        ConversionSettings settings = result.settings();
        return Json.of(
                new Root(
                        task.toString(),
                        model.toString(),
                        settings.pattern().toString(),
                        settings.mask().toString(),
                        settings.method().toString(),
                        settings.chosenScore().name().toLowerCase(Locale.ROOT),
                        result.report().samples(),
                        result.report().seconds(),
                        metric.toString(),
                        Model.of(result.before()),
                        Model.of(result.after()),
                        result.report().layers().stream().map(Layer::of).toList()));
    }

    private record Root(
            String task,
            String model,
            String pattern,
            String mask,
            String method,
            String scores,
            long samples,
            double seconds,
            String metricName,
            Model before,
            Model after,
            List<Layer> layers) {}

    private record Model(double loss, double metric) {

        static Model of(Score score) {
            return new Model(score.loss(), score.metric());
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // only written out
    private record Layer(
            String name,
            long[] shape,
            @Nullable String pattern,
            double kept,
            double keptMagnitude,
            @Nullable Double errorBefore,
            @Nullable Double errorAfter,
            double fitSeconds,
            String method,
            @Nullable String reason) {

        static Layer of(LayerConversion layer) {
            return new Layer(
                    layer.name(),
                    layer.shape().getShape(),
                    layer.pattern() == null ? null : layer.pattern().toString(),
                    layer.density(),
                    layer.keptMagnitude(),
                    layer.errorBefore(),
                    layer.errorAfter(),
                    layer.fitSeconds(),
                    layer.method(),
                    layer.reason());
        }
    }
}
