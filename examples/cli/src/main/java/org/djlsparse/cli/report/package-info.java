/** What commands show and leave behind: text, JSON, CSV and pictures. */
@NullMarked
package org.djlsparse.cli.report;

import org.jspecify.annotations.NullMarked;
