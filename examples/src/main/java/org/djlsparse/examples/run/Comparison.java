package org.djlsparse.examples.run;

import org.djlsparse.SparsityReport;
import org.jspecify.annotations.Nullable;

/**
 * A dense and a sparse run of one model on one task.
 *
 * @param settings how both were trained
 * @param dense the plain model
 * @param sparse the wrapped model
 * @param report the wrapped model's masks after training
 * @param picture a layer of it to look at; null without masks
 */
public record Comparison(
        RunSettings settings,
        RunResult dense,
        RunResult sparse,
        SparsityReport report,
        @Nullable MaskedWeight picture) {}
