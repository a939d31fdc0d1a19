/**
 * The training listener behind {@code Sparsifier}: it tracks the position in the mask schedule,
 * plans refreshes, adds the gradient terms of rules, and records the history of refreshes.
 *
 * <p>This package is public only for other packages of the library and may change in any release.
 * Users get the listener from {@code Sparsifier.newListener}.
 */
@NullMarked
package org.djlsparse.internal.training;

import org.jspecify.annotations.NullMarked;
