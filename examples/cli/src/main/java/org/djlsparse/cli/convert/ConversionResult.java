package org.djlsparse.cli.convert;

import org.djlsparse.cli.run.Score;
import org.djlsparse.convert.AdaPruneReport;

/**
 * What a conversion came to.
 *
 * @param settings how it was done
 * @param before the dense model
 * @param after the converted one
 * @param report each layer
 */
public record ConversionResult(
        ConversionSettings settings, Score before, Score after, AdaPruneReport report) {}
