/** Checkpoints of any size, and training with N:M masks, on an Apache Spark cluster. */
@NullMarked
package org.djlsparse.spark;

import org.jspecify.annotations.NullMarked;
