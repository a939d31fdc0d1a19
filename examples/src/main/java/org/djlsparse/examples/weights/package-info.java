/** Masks and checks files of weights, a band of rows at a time. */
@NullMarked
package org.djlsparse.examples.weights;

import org.jspecify.annotations.NullMarked;
