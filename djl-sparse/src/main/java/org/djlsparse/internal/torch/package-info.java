/** Hooks, kernels and operators of DJL's PyTorch engine. */
@NullMarked
package org.djlsparse.internal.torch;

import org.jspecify.annotations.NullMarked;
