/** Tables in the text of reports. Public only for other packages of the library. */
@NullMarked
package org.djlsparse.internal.text;

import org.jspecify.annotations.NullMarked;
