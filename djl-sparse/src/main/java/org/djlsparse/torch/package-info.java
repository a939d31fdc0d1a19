/**
 * What runs inside PyTorch: a bridge to TorchScript ({@link org.djlsparse.torch.TorchModule}), a
 * mask solver on the device where the weight is ({@link org.djlsparse.torch.TorchMaskSolver}),
 * kernels for the products of sparse layers and what chooses them ({@link
 * org.djlsparse.kernel.LinearKernel}, {@link org.djlsparse.kernel.KernelChooser}), hooks on
 * gradients ({@link org.djlsparse.torch.GradientHooks}), and least squares ({@link
 * org.djlsparse.internal.torch.LeastSquares}).
 *
 * <p>The only package that knows DJL's PyTorch engine, which is an optional dependency: without it
 * the rest of the library works.
 *
 * <p>For users are {@code TorchMaskSolver}, {@code LinearKernel}, {@code KernelChooser}, {@code
 * KernelTuner} with {@code LayerTrials} and {@code KernelTrial}, {@code TorchModule} with {@code
 * TorchArchive}, {@code PackedWeight}, {@code VectorApi}, {@code TorchThreads}, {@code
 * TorchMemory}, and {@code GradientHooks} with {@code GradientHook}. All else is public only
 * because other packages of the library need it.
 */
@NullMarked
package org.djlsparse.torch;

import org.jspecify.annotations.NullMarked;
