/** Text that people read: the tables of reports. */
@NullMarked
package org.djlsparse.text;

import org.jspecify.annotations.NullMarked;
