/** Training data: text, class names, IDX files. */
@NullMarked
package org.djlsparse.cli.data;

import org.jspecify.annotations.NullMarked;
