/** The diagnosis of a machine. */
@NullMarked
package org.djlsparse.cli.doctor;

import org.jspecify.annotations.NullMarked;
