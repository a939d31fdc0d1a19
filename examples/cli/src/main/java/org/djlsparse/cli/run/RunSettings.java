package org.djlsparse.cli.run;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a comparison.
 *
 * @param pattern the pattern of the masks
 * @param mask the kind of the masks
 * @param solver the solver
 * @param training recipe and layers
 * @param kernel the kernel of the products of masked layers
 * @param start the model with which both runs start
 * @param distill distillation of the sparse run from the dense one; null without
 * @param steps the number of training steps
 * @param seed the seed of the initial weights and of the order of the batches
 */
public record RunSettings(
        NmPattern pattern,
        MaskKind mask,
        MaskSolver solver,
        SparseTraining training,
        KernelName kernel,
        Start start,
        @Nullable Distill distill,
        int steps,
        int seed) {

    /**
     * Creates a Sparsifier.
     *
     * @param chooser the chooser of kernels; null for dense products
     */
    Sparsifier newSparsifier(@Nullable KernelChooser chooser) {
        return newBuilder(chooser).build();
    }

    /** Creates a Sparsifier whose masks are there from the first step on. */
    Sparsifier newTrial(KernelChooser chooser) {
        return newBuilder(chooser).optSchedule(MaskSchedule.once()).build();
    }

    private Sparsifier.Builder newBuilder(@Nullable KernelChooser chooser) {
        Sparsifier.Builder builder =
                training.newBuilder(pattern, solver, steps, chooser, seed)
                        .optHistory(Integer.MAX_VALUE);
        if (mask == MaskKind.NONE) {
            builder.optSchedule(MaskSchedule.off());
        }
        return builder;
    }
}
