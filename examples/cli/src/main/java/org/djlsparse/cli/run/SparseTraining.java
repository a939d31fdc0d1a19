package org.djlsparse.cli.run;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.SparseRecipe;

/**
 * The settings of a training with masks, apart from the masks' pattern and kind.
 *
 * @param recipe the recipe
 * @param layers the layers with masks
 * @param denseFirstAndLast whether the first and the last of these are left dense
 */
public record SparseTraining(SparseRecipe recipe, LayerKind layers, boolean denseFirstAndLast) {

    /**
     * Creates a builder of the Sparsifier of a run.
     *
     * @param pattern the pattern of the masks
     * @param solver the solver
     * @param steps the number of training steps
     * @return the builder
     */
    public Sparsifier.Builder newBuilder(NmPattern pattern, MaskSolver solver, int steps) {
        return Sparsifier.builder()
                .setPattern(pattern)
                .optSolver(solver)
                .optLayers(layers.getSelector())
                .optPolicy(LayerPolicy.builder().optDenseFirstAndLast(denseFirstAndLast).build())
                .optRecipe(recipe, steps);
    }

    /**
     * Returns the same settings with another recipe.
     *
     * @param other the recipe
     * @return the settings
     */
    public SparseTraining with(SparseRecipe other) {
        return new SparseTraining(other, layers, denseFirstAndLast);
    }
}
