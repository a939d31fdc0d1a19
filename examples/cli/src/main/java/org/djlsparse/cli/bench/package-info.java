/** Benchmarks of solvers, kernels and the commands for files. */
@NullMarked
package org.djlsparse.cli.bench;

import org.jspecify.annotations.NullMarked;
