package org.djlsparse.spark.cli;

import org.djlsparse.cli.options.Names;

/** The optimizers of the driver. */
enum OuterName {
    /** The average of the tasks' weights. */
    AVERAGE,
    /** Nesterov momentum on the average's step, as in DiLoCo. */
    NESTEROV;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
