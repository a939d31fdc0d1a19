/** The library as a program in Kotlin sees it. */
@NullMarked
package org.djlsparse.it.kotlin;

import org.jspecify.annotations.NullMarked;
