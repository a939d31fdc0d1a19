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
 * The settings of a run.
 *
 * @param pattern the pattern of the masks
 * @param mask the kind of the masks
 * @param solver the solver
 * @param rule the gradient rule
 * @param kernel the kernel of the products of masked layers
 * @param schedule the mask schedule
 * @param steps the number of training steps
 * @param seed the seed of the initial weights and of the order of the batches
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
     * @param chooser the chooser of kernels; null for dense products
     * @param masks the mask schedule
     */
    Sparsifier newSparsifier(@Nullable KernelChooser chooser, MaskSchedule masks) {
        Sparsifier.Builder builder =
                Sparsifier.builder()
                        .setPattern(pattern)
                        .optSolver(solver)
                        .optSchedule(mask == MaskKind.NONE ? MaskSchedule.off() : masks)
                        .optHistory(Integer.MAX_VALUE)
                        .optRule(rule);
        if (chooser != null) {
            builder.optKernelChooser(chooser);
        }
        return builder.build();
    }
}
