/**
 * Masks over a training run: when they are refreshed, how gradients pass them, and the listener
 * that keeps count.
 */
@NullMarked
package org.djlsparse.training;

import org.jspecify.annotations.NullMarked;
