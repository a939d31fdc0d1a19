/**
 * Files of weights, with no engine: {@code .safetensors}, {@code .npz} and {@code .npy}.
 *
 * <p>Tensors are read and written piece by piece, so that those over 2 GiB work and memory stays
 * bounded. Start at {@link org.djlsparse.io.WeightFile} and {@link
 * org.djlsparse.io.WeightFileWriter}. What is where:
 *
 * <ul>
 *   <li>For users: {@code WeightFile}, {@code WeightFileWriter}, {@code TensorInfo}, {@code
 *       ElementType}, {@code FloatDecoder}, {@code FileFormat}, {@code Compressor}, {@code
 *       CompressedFile}, {@code MaskFile} and {@code MaskFileReader}, {@code TensorChoice}, {@code
 *       WeightFileException}, and what these take and give: {@code Shard}, {@code StoredTensor},
 *       {@code CompressionResult}, {@code TensorSource}, {@code DenseTensors}.
 *   <li>Safetensors files, and the shards of a checkpoint as one file: {@code Safetensors*}, {@code
 *       Shard*}, {@code MappedFile}, {@code GitLfsPointer}.
 *   <li>NumPy's files: {@code Npy*}, {@code Npz*}, {@code NumpyType}, {@code PythonLiteral}, {@code
 *       FortranInputStream}.
 *   <li>Compressed files, which keep no zeros of masks: {@code Compress*}, {@code Group*}, {@code
 *       Bit*}.
 *   <li>Masks and the state of a run: {@code MaskFile*}.
 *   <li>Writing so that nobody sees half a file: {@code Replacement*}.
 * </ul>
 */
@NullMarked
package org.djlsparse.io;

import org.jspecify.annotations.NullMarked;
