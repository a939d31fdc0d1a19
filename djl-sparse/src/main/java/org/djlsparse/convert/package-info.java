/**
 * Turns trained dense models into sparse ones with a few hundred samples and no training: {@link
 * org.djlsparse.convert.AdaPrune}.
 */
@NullMarked
package org.djlsparse.convert;

import org.jspecify.annotations.NullMarked;
