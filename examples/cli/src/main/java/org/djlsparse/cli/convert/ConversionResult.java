package org.djlsparse.cli.convert;

import org.djlsparse.cli.run.Score;
import org.djlsparse.convert.AdaPruneReport;

/**
 * The outcome of a conversion.
 *
 * @param settings the settings
 * @param before the score of the dense model
 * @param after the score of the converted model
 * @param report the report on each layer
 */
public record ConversionResult(
        ConversionSettings settings, Score before, Score after, AdaPruneReport report) {}
