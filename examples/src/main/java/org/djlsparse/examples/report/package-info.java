/** What commands show and leave behind: text, JSON, CSV and pictures. */
@NullMarked
package org.djlsparse.examples.report;

import org.jspecify.annotations.NullMarked;
