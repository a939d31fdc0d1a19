@NullMarked
package org.djlsparse.spark.cli;

import org.jspecify.annotations.NullMarked;
