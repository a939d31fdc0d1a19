/** The commands of djl-sparse on an Apache Spark cluster. */
@NullMarked
package org.djlsparse.spark.cli;

import org.jspecify.annotations.NullMarked;
