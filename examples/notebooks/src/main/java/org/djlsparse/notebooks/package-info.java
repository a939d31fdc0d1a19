/** Pictures for the notebooks, as HTML. */
@NullMarked
package org.djlsparse.notebooks;

import org.jspecify.annotations.NullMarked;
