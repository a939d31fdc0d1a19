/** JMH benchmarks; run by {@code mvn -Pbenchmark -DskipTests verify}. */
@NullMarked
package org.djlsparse.benchmark;

import org.jspecify.annotations.NullMarked;
