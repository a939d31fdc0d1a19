/**
 * The conversion of trained dense models to sparse ones, with a few hundred calibration samples and
 * without training: {@link org.djlsparse.convert.AdaPrune}.
 */
@NullMarked
package org.djlsparse.convert;

import org.jspecify.annotations.NullMarked;
