/**
 * The library's machinery on DJL's PyTorch engine. {@link
 * org.djlsparse.internal.torch.ProductKernel} implements the kernels of linear products, {@link
 * org.djlsparse.internal.torch.ProductKernelChooser} chooses among them, {@link
 * org.djlsparse.internal.torch.HookRegistry} registers gradient hooks written in Java, and {@link
 * org.djlsparse.internal.torch.LeastSquares} finds weights of least squared error.
 *
 * <p>This package is public only for other packages of the library and may change in any release.
 * Users choose kernels through {@code LinearKernel} and {@code KernelChooser}.
 */
@NullMarked
package org.djlsparse.internal.torch;

import org.jspecify.annotations.NullMarked;
