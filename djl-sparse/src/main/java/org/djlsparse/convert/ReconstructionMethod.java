package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.djlsparse.internal.torch.LeastSquares;
import org.djlsparse.internal.torch.RowSample;
import org.jspecify.annotations.Nullable;

/** How the kept weights of a layer, and its bias, are found once its mask is there. Immutable. */
public abstract sealed class ReconstructionMethod permits ClosedForm, AdamSteps, MaskOnly {

    /**
     * The default share of damping. On the examples' models it loses less than 0.01 with 512
     * samples and with 64 alike, and hardly more than smaller ones, which leave less room for
     * inputs that the samples do not show.
     */
    public static final double DEFAULT_DAMPING = 0.001;

    ReconstructionMethod() {}

    /**
     * Returns the method that solves the least-squares problem of each output, with the default
     * damping: the best weights there are, at the cost of a matrix factorization for each output.
     *
     * @return the method
     */
    public static ReconstructionMethod closedForm() {
        return closedForm(DEFAULT_DAMPING);
    }

    /**
     * Returns the method that solves the least-squares problem of each output.
     *
     * @param damping how strongly weights are drawn to the dense ones: what is added to the
     *     diagonal of the normal equations, as a share of its mean; positive
     * @return the method
     * @throws IllegalArgumentException if the damping is not positive or not finite
     */
    public static ReconstructionMethod closedForm(double damping) {
        return new ClosedForm(damping);
    }

    /**
     * Returns the method of the paper's code: Adam, with the paper's settings: 1000 steps of 50
     * positions, learning rate 1e-3 for weights and 1e-2 for the bias.
     *
     * @return the method
     */
    public static ReconstructionMethod adam() {
        return adam(1000, 50, 1e-3, 1e-2);
    }

    /**
     * Returns the method of the paper's code: Adam on minibatches, with the mask put on again after
     * each step.
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
     * Returns the method that leaves the kept weights as they are.
     *
     * @return the method
     */
    public static ReconstructionMethod maskOnly() {
        return new MaskOnly();
    }

    /**
     * Returns the name by which reports know the method.
     *
     * @return the name
     */
    public abstract String getName();

    /** The damping of scores that need one. */
    double getDamping() {
        return DEFAULT_DAMPING;
    }

    /** Whether the weights are made of the sums, which others need for the errors alone. */
    abstract boolean usesSums();

    /**
     * Creates a sample of a layer's rows, if the method needs one beside the sums.
     *
     * @param manager owns it
     * @param patches how a convolution's rows are cut from its input; null for a linear layer
     * @param positions the number of rows that will come
     */
    @Nullable RowSample newSample(
            NDManager manager, LeastSquares.@Nullable Patches patches, long positions) {
        return null;
    }

    /**
     * Finds the weights of a layer.
     *
     * @param sums the sums over its inputs and outputs
     * @param rows the sample that {@link #newSample} created; null without one
     * @param dense the dense weights and the change of the bias, {@code [outputs, inputs + 1]}
     * @param mask what may differ from zero, of the same shape
     * @param scratch owns the result
     */
    abstract NDArray fit(
            LeastSquares sums,
            @Nullable RowSample rows,
            NDArray dense,
            NDArray mask,
            NDManager scratch);

    @Override
    public String toString() {
        return getName();
    }
}
