/** The results of commands as text, JSON, CSV and pictures. */
@NullMarked
package org.djlsparse.cli.report;

import org.jspecify.annotations.NullMarked;
