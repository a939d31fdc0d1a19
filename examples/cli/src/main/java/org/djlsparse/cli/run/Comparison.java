package org.djlsparse.cli.run;

/**
 * A dense and a sparse run of one model on one task.
 *
 * @param settings how both were trained
 * @param kernelSeconds how long a few steps before both took, to try kernels; 0 if none may run
 * @param dense the plain model
 * @param sparse the wrapped model
 */
public record Comparison(
        RunSettings settings, double kernelSeconds, RunResult dense, SparseRun sparse) {}
