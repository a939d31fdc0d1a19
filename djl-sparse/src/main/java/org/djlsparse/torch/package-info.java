/**
 * Features that need DJL's PyTorch engine: a mask solver on the weight's device ({@link
 * org.djlsparse.torch.TorchMaskSolver}), TorchScript modules that Java calls ({@link
 * org.djlsparse.torch.TorchModule}), hooks on gradients ({@link
 * org.djlsparse.torch.GradientHooks}), and settings of PyTorch's threads and memory ({@link
 * org.djlsparse.torch.TorchThreads}, {@link org.djlsparse.torch.TorchMemory}).
 *
 * <p>The engine is an optional dependency; the rest of the library works without it, except kernels
 * and conversions.
 */
@NullMarked
package org.djlsparse.torch;

import org.jspecify.annotations.NullMarked;
