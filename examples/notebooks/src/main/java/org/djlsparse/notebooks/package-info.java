/** Pictures for the notebooks, as HTML, which a notebook shows as they are. */
@NullMarked
package org.djlsparse.notebooks;

import org.jspecify.annotations.NullMarked;
