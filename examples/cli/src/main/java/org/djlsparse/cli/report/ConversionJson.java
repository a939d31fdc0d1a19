package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.convert.ConversionSettings;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.Names;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.convert.LayerConversion;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** A conversion for programs, as one JSON object. */
public final class ConversionJson {

    private ConversionJson() {}

    /**
     * Formats a conversion.
     *
     * @param task the task
     * @param model the model
     * @param metric the metric of the model
     * @param result the conversion
     * @return a record for {@link Json#of}
     */
    public static Record of(
            TaskName task, ModelName model, Metric metric, ConversionResult result) {
        ConversionSettings settings = result.settings();
        return new Root(
                task,
                model,
                settings.pattern().toString(),
                settings.mask(),
                settings.method(),
                Names.of(settings.chosenScore()),
                result.report().samples(),
                result.report().seconds(),
                metric,
                Model.of(result.before()),
                Model.of(result.after()),
                result.report().layers().stream().map(Layer::of).toList());
    }

    private record Root(
            TaskName task,
            ModelName model,
            String pattern,
            MaskKind mask,
            MethodName method,
            String scores,
            long samples,
            double seconds,
            Metric metricName,
            Model before,
            Model after,
            List<Layer> layers) {}

    private record Model(double loss, double metric) {

        static Model of(Score score) {
            return new Model(score.loss(), score.metric());
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
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
