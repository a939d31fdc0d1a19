package org.djlsparse.cli.run;

import ai.djl.ndarray.types.DataType;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.SparseRecipe;
import org.djlsparse.training.WeightGradient;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a training with masks, apart from the masks' pattern and kind.
 *
 * @param recipe the recipe
 * @param layers the layers with masks
 * @param denseFirstAndLast whether the first and the last of these are left dense
 * @param sampledGradient whether the weight gradients of layers in a kernel are sampled
 */
public record SparseTraining(
        SparseRecipe recipe, LayerKind layers, boolean denseFirstAndLast, boolean sampledGradient) {

    /**
     * Creates settings for all layers, with exact weight gradients.
     *
     * @param recipe the recipe
     * @return the settings
     */
    public static SparseTraining of(SparseRecipe recipe) {
        return new SparseTraining(recipe, LayerKind.ALL, false, false);
    }

    /**
     * Creates a builder of the Sparsifier of a run.
     *
     * @param pattern the pattern of the masks
     * @param solver the solver
     * @param steps the number of training steps
     * @param chooser the chooser of kernels; null for DJL's dense products
     * @param seed the seed of sampled weight gradients
     * @return the builder
     */
    public Sparsifier.Builder newBuilder(
            NmPattern pattern,
            MaskSolver solver,
            int steps,
            @Nullable KernelChooser chooser,
            int seed) {
        Sparsifier.Builder builder = newBuilder(pattern, solver, steps);
        if (sampledGradient) {
            // Only products in a kernel can be sampled.
            builder.optKernel(LinearKernel.dense(DataType.FLOAT32))
                    .optWeightGradient(WeightGradient.sampled(seed));
        }
        if (chooser != null) {
            builder.optKernelChooser(chooser);
        }
        return builder;
    }

    /** Creates a builder without kernels. */
    Sparsifier.Builder newBuilder(NmPattern pattern, MaskSolver solver, int steps) {
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
        return new SparseTraining(other, layers, denseFirstAndLast, sampledGradient);
    }

    /**
     * Returns the same settings with sampled weight gradients.
     *
     * @return the settings
     */
    public SparseTraining withSampledGradient() {
        return new SparseTraining(recipe, layers, denseFirstAndLast, true);
    }
}
