/** What can be trained: data, models that fit it, and the metric. */
@NullMarked
package org.djlsparse.cli.task;

import org.jspecify.annotations.NullMarked;
