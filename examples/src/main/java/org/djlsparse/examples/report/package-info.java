/** What a comparison leaves behind: table, JSON and pictures. */
@NullMarked
package org.djlsparse.examples.report;

import org.jspecify.annotations.NullMarked;
