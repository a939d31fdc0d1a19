package org.djlsparse.cli.run;

/**
 * A dense and a sparse run of one model on one task.
 *
 * @param settings the settings of both runs
 * @param kernelSeconds the time of the steps that benchmarked kernels before both runs; 0 without
 *     kernels
 * @param dense the run of the plain model
 * @param sparse the run of the wrapped model
 */
public record Comparison(
        RunSettings settings, double kernelSeconds, RunResult dense, SparseRun sparse) {}
