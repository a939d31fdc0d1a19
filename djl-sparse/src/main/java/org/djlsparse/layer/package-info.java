/** Which layers of a model get masks, and which masks. */
@NullMarked
package org.djlsparse.layer;

import org.jspecify.annotations.NullMarked;
