package org.djlsparse.cli.study;

import org.djlsparse.cli.run.Distill;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.task.TaskSource;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The runs of a study: each variant from each seed at each width.
 *
 * @param source opens the task
 * @param training recipe and layers of the variants with masks
 * @param distill distillation of the variants with masks; null without
 * @param variants the variants, dense first
 * @param seeds the seeds
 * @param widths the factors of the widths of the model's layers
 * @param steps the number of training steps
 */
public record StudyPlan(
        TaskSource source,
        SparseTraining training,
        @Nullable Distill distill,
        List<Variant> variants,
        List<Integer> seeds,
        List<Double> widths,
        int steps) {

    /** Creates a plan. */
    public StudyPlan {
        variants = List.copyOf(variants);
        seeds = List.copyOf(seeds);
        widths = List.copyOf(widths);
    }

    /**
     * Returns the number of runs.
     *
     * @return the number of all runs
     */
    public int count() {
        return variants.size() * seeds.size() * widths.size();
    }

    /**
     * Returns the number of runs that are still to be done.
     *
     * @param file the finished runs
     * @return the number of the others
     */
    public int countLeft(RunsFile file) {
        int left = 0;
        for (int seed : seeds) {
            for (double width : widths) {
                for (Variant variant : variants) {
                    left += file.find(variant, seed, width) == null ? 1 : 0;
                }
            }
        }
        return left;
    }

    boolean isFinished(int seed, double width, RunsFile file) {
        return variants.stream().allMatch(v -> file.find(v, seed, width) != null);
    }

    /** Returns whether variants learn from the dense run's model. */
    boolean needsTeacher() {
        return variants.stream()
                .anyMatch(v -> v.pattern() != null && v.change().apply(distill) != null);
    }
}
