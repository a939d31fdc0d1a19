package org.djlsparse.examples.run;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;

/**
 * How to train.
 *
 * @param pattern the pattern of the masks
 * @param mask which masks to use
 * @param rule how gradients pass them
 * @param refreshEvery the number of steps between refreshes
 * @param steps the number of training steps
 * @param seed decides the first weights and the order of the batches
 */
public record RunSettings(
        NmPattern pattern,
        MaskKind mask,
        GradientRule rule,
        int refreshEvery,
        int steps,
        int seed) {

    Sparsifier newSparsifier() {
        return Sparsifier.builder()
                .setPattern(pattern)
                .optSolver(mask.newSolver())
                .optSchedule(mask.schedule(refreshEvery))
                .optRule(rule)
                .build();
    }
}
