package org.djlsparse.internal.nn;

import org.djlsparse.mask.Mask;

/**
 * A weight's mask, as a solver found it.
 *
 * @param mask the mask
 * @param keptMagnitude the share of the weight's magnitude that it keeps, from 0 to 1
 * @param nanos the time that the search took, in nanoseconds
 */
record FoundMask(Mask mask, double keptMagnitude, long nanos) {

    FoundMask took(long time) {
        return new FoundMask(mask, keptMagnitude, time);
    }
}
