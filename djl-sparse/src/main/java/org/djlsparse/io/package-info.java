/**
 * Files of weights, with no engine: {@code .safetensors}, {@code .npz} and {@code .npy}.
 *
 * <p>Tensors are read and written piece by piece, so that those over 2 GiB work and memory stays
 * bounded. Start at {@link org.djlsparse.io.WeightFile} and {@link
 * org.djlsparse.io.WeightFileWriter}.
 */
@NullMarked
package org.djlsparse.io;

import org.jspecify.annotations.NullMarked;
