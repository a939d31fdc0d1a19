/** Conversion of trained models: by magnitude alone, or by AdaPrune. */
@NullMarked
package org.djlsparse.examples.convert;

import org.jspecify.annotations.NullMarked;
