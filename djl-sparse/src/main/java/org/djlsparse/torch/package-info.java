/**
 * What runs inside PyTorch: a bridge to TorchScript, and a mask solver on the device where the
 * weight is.
 *
 * <p>The only package that knows DJL's PyTorch engine, which is an optional dependency: without it
 * the rest of the library works.
 */
@NullMarked
package org.djlsparse.torch;

import org.jspecify.annotations.NullMarked;
