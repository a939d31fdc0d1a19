/** The training listener of the Sparsifier, its position in the schedule and its history. */
@NullMarked
package org.djlsparse.internal.training;

import org.jspecify.annotations.NullMarked;
