package org.djlsparse.cli.convert;

import org.djlsparse.cli.study.Estimate;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A variant over all seeds.
 *
 * @param pattern the pattern
 * @param mask the kind of the masks
 * @param variant the variant
 * @param metric the metric of the converted models
 * @param difference the converted model's metric minus the dense one's
 * @param loss the loss of the converted model minus that of the dense one, in nats
 * @param recovered the share of magnitude's increase of the loss that this variant avoids; null for
 *     magnitude itself
 * @param layerError the mean over the seeds of the fitted layers' relative output error
 * @param fitSeconds the mean time of fitting the kept weights
 * @param seconds the mean time of a whole conversion
 */
public record ConversionSummary(
        String pattern,
        String mask,
        String variant,
        Estimate metric,
        Estimate difference,
        Estimate loss,
        @Nullable Double recovered,
        double layerError,
        double fitSeconds,
        double seconds) {

    /**
     * Summarizes conversions.
     *
     * @param runs the conversions, all variants for each seed
     * @return a summary of each variant, in the order of the runs
     */
    public static List<ConversionSummary> of(List<ConversionBenchmark.Run> runs) {
        Map<List<Object>, List<ConversionBenchmark.Run>> groups = new LinkedHashMap<>();
        for (ConversionBenchmark.Run run : runs) {
            groups.computeIfAbsent(
                            List.of(run.pattern(), run.mask(), run.variant()),
                            ignored -> new ArrayList<>())
                    .add(run);
        }
        List<ConversionSummary> summaries = new ArrayList<>();
        groups.forEach(
                (key, group) -> {
                    List<Object> plain =
                            List.of(key.get(0), key.get(1), ConversionVariant.MAGNITUDE);
                    double cost = loss(Objects.requireNonNull(groups.get(plain))).mean();
                    summaries.add(summary(group, plain.equals(key) ? null : cost));
                });
        return summaries;
    }

    private static ConversionSummary summary(
            List<ConversionBenchmark.Run> runs, @Nullable Double cost) {
        ConversionBenchmark.Run first = runs.get(0);
        Estimate loss = loss(runs);
        return new ConversionSummary(
                first.pattern().toString(),
                first.mask().toString(),
                first.variant().name(),
                Estimate.of(runs.stream().mapToDouble(r -> r.converted().metric()).toArray()),
                Estimate.of(
                        runs.stream()
                                .mapToDouble(r -> r.converted().metric() - r.dense().metric())
                                .toArray()),
                loss,
                cost == null ? null : 1 - loss.mean() / cost,
                runs.stream().mapToDouble(ConversionBenchmark.Run::layerError).average().orElse(0),
                runs.stream().mapToDouble(ConversionBenchmark.Run::fitSeconds).average().orElse(0),
                runs.stream().mapToDouble(ConversionBenchmark.Run::seconds).average().orElse(0));
    }

    private static Estimate loss(List<ConversionBenchmark.Run> runs) {
        return Estimate.of(
                runs.stream().mapToDouble(r -> r.converted().loss() - r.dense().loss()).toArray());
    }
}
