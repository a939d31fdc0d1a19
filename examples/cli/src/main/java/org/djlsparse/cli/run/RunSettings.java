package org.djlsparse.cli.run;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;

/**
 * How to train.
 *
 * @param pattern the pattern of the masks
 * @param mask which masks to use
 * @param solver what finds them
 * @param rule how gradients pass them
 * @param kernel what runs the products of masked layers
 * @param schedule in which steps there are masks, and when they are refreshed
 * @param steps the number of training steps
 * @param seed decides the first weights and the order of the batches
 */
public record RunSettings(
        NmPattern pattern,
        MaskKind mask,
        MaskSolver solver,
        GradientRule rule,
        KernelName kernel,
        MaskSchedule schedule,
        int steps,
        int seed) {

    /**
     * Creates a Sparsifier.
     *
     * @param chooser chooses kernels; null to leave all products dense
     * @param masks in which steps there are masks
     */
    Sparsifier newSparsifier(@Nullable KernelChooser chooser, MaskSchedule masks) {
        Sparsifier.Builder builder =
                Sparsifier.builder()
                        .setPattern(pattern)
                        .optSolver(solver)
                        .optSchedule(mask == MaskKind.NONE ? MaskSchedule.off() : masks)
                        .optRule(rule);
        if (chooser != null) {
            builder.optKernelChooser(chooser);
        }
        return builder.build();
    }
}
