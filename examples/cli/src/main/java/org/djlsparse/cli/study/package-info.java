/** Studies: variants of masks, trained from several seeds and compared with dense. */
@NullMarked
package org.djlsparse.cli.study;

import org.jspecify.annotations.NullMarked;
