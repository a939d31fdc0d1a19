package org.djlsparse.examples.run;

/**
 * A dense and a sparse run of one model on one task.
 *
 * @param settings how both were trained
 * @param dense the plain model
 * @param sparse the wrapped model
 */
public record Comparison(RunSettings settings, RunResult dense, SparseRun sparse) {}
