/** What can be trained: data, models that fit it, and the metric. */
@NullMarked
package org.djlsparse.examples.task;

import org.jspecify.annotations.NullMarked;
