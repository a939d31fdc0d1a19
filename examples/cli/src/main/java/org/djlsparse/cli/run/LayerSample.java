package org.djlsparse.cli.run;

import org.jspecify.annotations.Nullable;

/**
 * One layer's mask at a refresh.
 *
 * @param name the weight's name
 * @param flipRate the share of entries that the refresh changed; null for the first mask
 * @param keptMagnitude kept |w| over all |w|
 */
public record LayerSample(String name, @Nullable Double flipRate, double keptMagnitude) {}
