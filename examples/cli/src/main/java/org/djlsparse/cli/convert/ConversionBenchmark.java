package org.djlsparse.cli.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.run.Start;
import org.djlsparse.cli.run.Validations;
import org.djlsparse.cli.task.Task;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.convert.LayerConversion;
import org.djlsparse.internal.nn.ParameterValues;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;

/** Trains a dense model from each of several seeds and converts it with all variants. */
public final class ConversionBenchmark {

    private final IntFunction<Task> source;
    private final List<NmPattern> patterns;
    private final List<ConversionVariant> variants;
    private final int samples;
    private final @Nullable Progress progress;

    /**
     * Creates a benchmark.
     *
     * @param source opens the task
     * @param patterns the patterns
     * @param variants the variants; magnitude is added if it is missing
     * @param samples the number of calibration samples
     * @param progress shows each training step; null to show none
     */
    public ConversionBenchmark(
            IntFunction<Task> source,
            List<NmPattern> patterns,
            List<ConversionVariant> variants,
            int samples,
            @Nullable Progress progress) {
        this.source = source;
        this.patterns = List.copyOf(patterns);
        Set<ConversionVariant> all = new LinkedHashSet<>();
        all.add(ConversionVariant.MAGNITUDE);
        all.addAll(variants);
        this.variants = List.copyOf(all);
        this.samples = samples;
        this.progress = progress;
    }

    /**
     * One conversion of one model.
     *
     * @param pattern the pattern
     * @param mask the kind of the masks
     * @param variant the variant
     * @param seed the model's seed
     * @param dense the score of the dense model
     * @param converted the score of the converted model
     * @param layerError the root mean square, over the fitted layers, of the relative output error
     * @param fitSeconds the time of fitting the kept weights
     * @param seconds the time of the whole conversion
     */
    public record Run(
            NmPattern pattern,
            MaskKind mask,
            ConversionVariant variant,
            int seed,
            Score dense,
            Score converted,
            double layerError,
            double fitSeconds,
            double seconds) {}

    /**
     * Trains one model and converts it.
     *
     * @param seed the seed
     * @param steps the number of training steps
     * @return the conversions
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    public List<Run> run(int seed, int steps) throws IOException, TranslateException {
        List<Run> runs = new ArrayList<>();
        try (Task task = source.apply(seed)) {
            ModelTrainer trainer = new ModelTrainer(task, seed, steps, Validations.LAST, progress);
            trainer.trainDense(
                    "dense, seed " + seed,
                    Start.RANDOM,
                    (name, block) -> {
                        try {
                            convert(task, seed, block, runs);
                        } catch (TranslateException e) {
                            throw new IOException("data cannot be processed", e);
                        }
                    });
        }
        return runs;
    }

    private void convert(Task task, int seed, Block block, List<Run> runs)
            throws IOException, TranslateException {
        Conversion conversion = new Conversion(task, seed);
        Score dense = conversion.measure(block);
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<Parameter, NDArray> weights = new LinkedHashMap<>();
            for (Parameter parameter : block.getParameters().values()) {
                try (NDArray stopped = parameter.getArray().stopGradient()) {
                    NDArray copy = stopped.duplicate();
                    copy.attach(manager);
                    weights.put(parameter, copy);
                }
            }
            for (NmPattern pattern : patterns) {
                for (MaskKind mask : List.of(MaskKind.ROW, MaskKind.TRANSPOSABLE)) {
                    for (ConversionVariant variant : variants) {
                        AdaPruneReport report =
                                conversion.convert(
                                        block, variant.settings(pattern, mask, samples), null);
                        runs.add(
                                new Run(
                                        pattern,
                                        mask,
                                        variant,
                                        seed,
                                        dense,
                                        conversion.measure(block),
                                        layerError(report),
                                        report.layers().stream()
                                                .mapToDouble(LayerConversion::fitSeconds)
                                                .sum(),
                                        report.seconds()));
                        weights.forEach((p, old) -> ParameterValues.set(p.getArray(), old));
                    }
                }
            }
        }
    }

    private static double layerError(AdaPruneReport report) {
        return Math.sqrt(
                report.layers().stream()
                        .map(LayerConversion::errorAfter)
                        .filter(Objects::nonNull)
                        .mapToDouble(error -> error * error)
                        .average()
                        .orElse(0));
    }
}
