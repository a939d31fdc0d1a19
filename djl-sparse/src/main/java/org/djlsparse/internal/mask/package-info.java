/** Helpers of the mask search. */
@NullMarked
package org.djlsparse.internal.mask;

import org.jspecify.annotations.NullMarked;
