/** Tests of the module for Spark. */
@NullMarked
package org.djlsparse.spark;

import org.jspecify.annotations.NullMarked;
