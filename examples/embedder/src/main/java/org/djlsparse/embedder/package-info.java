/** A pre-trained sentence embedder, all-MiniLM-L6-v2, in DJL blocks, and its compression to N:M. */
@NullMarked
package org.djlsparse.embedder;

import org.jspecify.annotations.NullMarked;
