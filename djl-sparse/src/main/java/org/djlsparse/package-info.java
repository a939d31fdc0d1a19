/**
 * Transposable N:M sparsity for Deep Java Library models: start at {@link
 * org.djlsparse.Sparsifier}.
 */
@NullMarked
package org.djlsparse;

import org.jspecify.annotations.NullMarked;
