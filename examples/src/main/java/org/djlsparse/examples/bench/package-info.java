/** What the benchmarks compare the library with. */
@NullMarked
package org.djlsparse.examples.bench;

import org.jspecify.annotations.NullMarked;
