package org.djlsparse.cli.weights;

/**
 * What masking a tensor came to.
 *
 * @param name the tensor's name
 * @param shape its dimensions
 * @param solver the name of the solver that did the work
 * @param kept the kept share of the magnitude; 1 if all weights are zero
 * @param validRows whether the weights written satisfy the pattern
 * @param validColumns whether their transpose does
 * @param seconds the time for all of it, reading and writing included
 */
@SuppressWarnings("ArrayRecordComponent") // only written out
public record MaskedTensor(
        String name,
        long[] shape,
        String solver,
        double kept,
        boolean validRows,
        boolean validColumns,
        double seconds) {}
