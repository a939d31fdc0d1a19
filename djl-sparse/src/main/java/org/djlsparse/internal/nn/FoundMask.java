package org.djlsparse.internal.nn;

import org.djlsparse.mask.Mask;

/**
 * A mask that a solver found for a weight.
 *
 * @param mask the mask
 * @param keptMagnitude the share of the weight's magnitude that the mask keeps, from 0 to 1
 * @param nanos the time that the search took, in nanoseconds
 */
record FoundMask(Mask mask, double keptMagnitude, long nanos) {

    FoundMask took(long time) {
        return new FoundMask(mask, keptMagnitude, time);
    }
}
