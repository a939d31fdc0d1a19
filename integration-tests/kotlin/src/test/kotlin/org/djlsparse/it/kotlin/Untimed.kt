package org.djlsparse.it.kotlin

import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.convert.LayerConversion

/** The report but for its times, which no two runs share. */
internal fun AdaPruneReport.untimed(): AdaPruneReport =
    AdaPruneReport(
        settings(),
        samples(),
        0.0,
        layers().map {
            LayerConversion(
                it.name(),
                it.shape(),
                it.pattern(),
                it.method(),
                it.density(),
                it.keptMagnitude(),
                it.errorBefore(),
                it.errorAfter(),
                0.0,
                it.reason(),
                it.otherNames(),
            )
        },
        metrics(),
        batchNorms(),
        warnings(),
    )
