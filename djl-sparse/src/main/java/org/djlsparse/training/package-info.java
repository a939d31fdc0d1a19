/**
 * Settings of masks in training: {@link org.djlsparse.training.MaskSchedule} determines when masks
 * are refreshed, {@link org.djlsparse.training.GradientRule} how gradients pass through them, with
 * an optional {@link org.djlsparse.training.GradientTerm}. {@link
 * org.djlsparse.training.LayerRefresh} and {@link org.djlsparse.training.MaskMetrics} are the
 * records and the metric names of telemetry.
 */
@NullMarked
package org.djlsparse.training;

import org.jspecify.annotations.NullMarked;
