package org.djlsparse.convert;

import ai.djl.nn.Block;

import org.djlsparse.internal.nn.LayerChoice;
import org.djlsparse.internal.nn.MaskableLayers;
import org.djlsparse.internal.nn.ParameterValues;
import org.djlsparse.internal.nn.ResolvedPolicy;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * The settings of a conversion; {@link AdaPrune.Builder} explains them.
 *
 * @param policy the masks of each layer
 * @param chooser the chooser of patterns for layers with the policy's default; null to use the
 *     default's pattern
 */
record AdaPruneSettings(
        ResolvedPolicy policy,
        @Nullable PatternChooser chooser,
        MaskScore score,
        ReconstructionMethod method,
        CalibrationMode mode,
        int samples,
        int positionsPerInput,
        boolean batchNorm,
        @Nullable Validation validation,
        ProgressSteps progress,
        BooleanSupplier cancelled,
        long sumBytes,
        long scratchBytes) {

    /**
     * Decides for each parameter of a block whether it gets a mask.
     *
     * @throws IllegalArgumentException if no parameter gets a mask, or a named layer cannot carry
     *     one
     */
    List<LayerChoice> choose(Block block) {
        List<LayerChoice> choices =
                MaskableLayers.choose(
                        block, policy, MaskableLayers.FrozenMasks.IN_PLACE, this::withOwnPattern);
        if (choices.stream().noneMatch(LayerChoice::isChosen)) {
            throw new IllegalArgumentException(
                    "block: no layer can carry a mask; a linear, recurrent or ungrouped"
                            + " convolution layer with at least M outputs and M inputs is needed: "
                            + String.join(
                                    "; ",
                                    choices.stream()
                                            .map(c -> c.name() + ": " + c.reason())
                                            .toList()));
        }
        return choices;
    }

    private LayerChoice withOwnPattern(LayerChoice choice) {
        if (chooser == null || !choice.isChosen() || !choice.byDefault()) {
            return choice;
        }
        double sparsity =
                PatternChooser.sparsityOf(ParameterValues.read(choice.parameter().getArray()));
        NmPattern chosen = chooser.choose(sparsity);
        return chosen.n() == chosen.m()
                ? choice.dense("no pattern reaches the confidence at sparsity " + (float) sparsity)
                : choice.withPattern(chosen);
    }

    @Override
    public String toString() {
        return "AdaPrune("
                + (chooser == null ? "patterns=" + policy.getPatterns() : chooser.toString())
                + ", score="
                + score.name().toLowerCase(Locale.ROOT)
                + ", weights="
                + method.getName()
                + ", "
                + mode.name().toLowerCase(Locale.ROOT)
                + ")";
    }
}
