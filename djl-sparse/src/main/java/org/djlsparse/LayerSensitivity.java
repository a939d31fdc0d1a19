package org.djlsparse;

import org.djlsparse.mask.NmPattern;

/**
 * What it does to a model if one layer gets masks of one pattern and all others stay dense.
 *
 * @param name the parameter's name
 * @param pattern the pattern
 * @param keptMagnitude the kept share of the weight's magnitude, from 0 to 1
 * @param lossChange the loss with the layer masked, less that of the dense model
 */
public record LayerSensitivity(
        String name, NmPattern pattern, double keptMagnitude, double lossChange) {}
