/** The listener behind the Sparsifier. */
@NullMarked
package org.djlsparse.internal.training;

import org.jspecify.annotations.NullMarked;
