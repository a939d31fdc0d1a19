/** Models made of DJL's blocks. */
@NullMarked
package org.djlsparse.examples.model;

import org.jspecify.annotations.NullMarked;
