/** What users choose by name: the kind of the masks, their solver, the rule. */
@NullMarked
package org.djlsparse.examples.choice;

import org.jspecify.annotations.NullMarked;
