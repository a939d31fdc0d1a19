/**
 * The choice of layers that get masks, and of their patterns, solvers and rules: {@link
 * org.djlsparse.layer.LayerSelector} selects layers, {@link org.djlsparse.layer.LayerPolicy} gives
 * some of them different settings. {@link org.djlsparse.layer.LayerSparsity} describes one layer in
 * a report.
 */
@NullMarked
package org.djlsparse.layer;

import org.jspecify.annotations.NullMarked;
