/** The conversion of trained models by magnitude alone or by AdaPrune. */
@NullMarked
package org.djlsparse.cli.convert;

import org.jspecify.annotations.NullMarked;
