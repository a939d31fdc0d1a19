/** Models of DJL's blocks. */
@NullMarked
package org.djlsparse.cli.model;

import org.jspecify.annotations.NullMarked;
