/** Kernels for the products of masked layers. */
@NullMarked
package org.djlsparse.kernel;

import org.jspecify.annotations.NullMarked;
