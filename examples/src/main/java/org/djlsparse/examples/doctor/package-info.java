/** What of the library works on this machine. */
@NullMarked
package org.djlsparse.examples.doctor;

import org.jspecify.annotations.NullMarked;
