package org.djlsparse.cli.run;

import org.djlsparse.SparsityReport;
import org.jspecify.annotations.Nullable;

/**
 * What training a wrapped model came to.
 *
 * @param result losses, times and scores
 * @param masks the masks along the way
 * @param report the masks after training
 * @param picture a layer to look at; null without masks
 */
public record SparseRun(
        RunResult result,
        MaskTelemetry masks,
        SparsityReport report,
        @Nullable MaskedWeight picture) {}
