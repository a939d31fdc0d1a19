/** What of the library works on this machine. */
@NullMarked
package org.djlsparse.cli.doctor;

import org.jspecify.annotations.NullMarked;
