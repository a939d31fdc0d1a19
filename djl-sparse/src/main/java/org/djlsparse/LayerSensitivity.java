package org.djlsparse;

import org.djlsparse.mask.NmPattern;

/**
 * The effect of masking one layer with one pattern while all other layers stay dense.
 *
 * @param name the parameter's name
 * @param pattern the pattern
 * @param keptMagnitude the fraction of the weight's magnitude that the mask keeps, from 0 to 1
 * @param lossChange the loss with the layer masked, minus the loss of the dense model
 */
public record LayerSensitivity(
        String name, NmPattern pattern, double keptMagnitude, double lossChange) {}
