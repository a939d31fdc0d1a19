/** Tasks: data, models for it, and the metric. */
@NullMarked
package org.djlsparse.cli.task;

import org.jspecify.annotations.NullMarked;
