/** What users choose by name: the kind of the masks, their solver, the rule. */
@NullMarked
package org.djlsparse.cli.options;

import org.jspecify.annotations.NullMarked;
