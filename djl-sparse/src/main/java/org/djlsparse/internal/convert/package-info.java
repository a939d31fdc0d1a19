/**
 * The seam between a conversion and the machines on which its samples are. {@link
 * org.djlsparse.internal.convert.SampleCluster} runs the two kinds of tasks of a conversion: {@link
 * org.djlsparse.internal.convert.CallObserver} and {@link
 * org.djlsparse.internal.convert.LayerGroup}.
 *
 * <p>This package is public only for other packages of the library and may change in any release.
 * Users get it through {@code SparkAdaPrune}.
 */
@NullMarked
package org.djlsparse.internal.convert;

import org.jspecify.annotations.NullMarked;
