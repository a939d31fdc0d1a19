package org.djlsparse.io;

import java.io.Serializable;

/**
 * The outcome of masking a tensor of a file.
 *
 * @param tensor the tensor
 * @param solver the name of the solver that found the mask
 * @param keptMagnitude the share of the magnitude that the mask keeps, from 0 to 1; 1 if all
 *     weights are zero
 * @param validAlongRows whether the weights written satisfy the pattern
 * @param validAlongColumns whether their transpose does
 * @param seconds the time for the tensor, reading and writing included
 */
public record MaskedTensor(
        TensorInfo tensor,
        String solver,
        double keptMagnitude,
        boolean validAlongRows,
        boolean validAlongColumns,
        double seconds)
        implements Serializable {

    /**
     * Returns whether the weights written and their transpose satisfy the pattern.
     *
     * @return {@code true} if both do
     */
    public boolean isTransposable() {
        return validAlongRows && validAlongColumns;
    }
}
