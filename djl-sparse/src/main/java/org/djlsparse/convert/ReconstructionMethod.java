package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.djlsparse.internal.torch.LeastSquares;
import org.djlsparse.internal.torch.RowSample;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/**
 * A method that computes the kept weights of a layer and its bias, given the mask. Methods are
 * immutable.
 */
public abstract sealed class ReconstructionMethod permits ClosedForm, AdamSteps, MaskOnly {

    /**
     * The default damping. On the command line's models, it loses less than 0.01 with 512 samples
     * and with 64. Smaller values lose hardly less, and generalize less well to inputs unlike the
     * samples.
     */
    public static final double DEFAULT_DAMPING = 0.001;

    private final List<Object> settings;

    /** Creates a method; one of the same class with equal settings is equal. */
    ReconstructionMethod(Object... settings) {
        this.settings = List.of(settings);
    }

    /**
     * Returns the method that solves the least-squares problem of each output, with the default
     * damping. It finds the optimal weights, at the cost of a matrix factorization for each output.
     *
     * @return the method
     */
    public static ReconstructionMethod closedForm() {
        return closedForm(DEFAULT_DAMPING);
    }

    /**
     * Returns the method that solves the least-squares problem of each output.
     *
     * @param damping the strength with which weights are pulled toward the dense ones: the value
     *     added to the diagonal of the normal equations, as a fraction of the diagonal's mean;
     *     positive
     * @return the method
     * @throws IllegalArgumentException if the damping is not positive or not finite
     */
    public static ReconstructionMethod closedForm(double damping) {
        return new ClosedForm(damping);
    }

    /**
     * Returns the method of the code published with the paper, Adam, with the paper's settings:
     * 1000 steps of 50 positions, learning rate 1e-3 for weights and 1e-2 for the bias.
     *
     * @return the method
     */
    public static ReconstructionMethod adam() {
        return adam(1000, 50, 1e-3, 1e-2);
    }

    /**
     * Returns the method of the code published with the paper: Adam on minibatches, with the mask
     * applied again after each step.
     *
     * @param steps the number of steps, at least 1
     * @param batch the number of positions in a minibatch, at least 1
     * @param weightRate the learning rate of the weights, positive
     * @param biasRate the learning rate of the bias, positive
     * @return the method
     * @throws IllegalArgumentException if a number is out of its range
     */
    public static ReconstructionMethod adam(
            int steps, int batch, double weightRate, double biasRate) {
        return new AdamSteps(steps, batch, weightRate, biasRate);
    }

    /**
     * Returns the method that does not change the kept weights.
     *
     * @return the method
     */
    public static ReconstructionMethod maskOnly() {
        return new MaskOnly();
    }

    /**
     * Returns the method's name, as shown in reports.
     *
     * @return the name
     */
    public abstract String getName();

    /** Returns the damping for scores that need one. */
    double getDamping() {
        return DEFAULT_DAMPING;
    }

    /** Returns whether the weights are computed from the sums, not only the errors. */
    abstract boolean usesSums();

    /** Returns whether the method needs rows in addition to the sums. */
    boolean usesRows() {
        return false;
    }

    /**
     * Creates a sample of a layer's rows, if the method needs one in addition to the sums.
     *
     * @param manager the owner of the sample
     * @param patches the patches that a convolution cuts from its input; null for a linear layer
     * @param positions the total number of rows
     */
    @Nullable RowSample newSample(
            NDManager manager, LeastSquares.@Nullable Patches patches, long positions) {
        return null;
    }

    /**
     * Computes the weights of a layer.
     *
     * @param sums the sums over its inputs and outputs
     * @param rows the sample that {@link #newSample} created; null without one
     * @param dense the dense weights and the change of the bias, {@code [outputs, inputs + 1]}
     * @param mask {@code true} for entries that may be nonzero, of the same shape
     * @param scratch the owner of the result
     */
    abstract NDArray fit(
            LeastSquares sums,
            @Nullable RowSample rows,
            NDArray dense,
            NDArray mask,
            NDManager scratch);

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReconstructionMethod method
                && getClass() == method.getClass()
                && settings.equals(method.settings);
    }

    @Override
    public int hashCode() {
        return Objects.hash(getClass(), settings);
    }

    @Override
    public String toString() {
        return settings.isEmpty() ? getName() : getName() + settings;
    }
}
