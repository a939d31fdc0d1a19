/** Studies: many variants of masks, trained from many seeds, against dense. */
@NullMarked
package org.djlsparse.cli.study;

import org.jspecify.annotations.NullMarked;
