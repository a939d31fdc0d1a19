/**
 * Files of weights, with no engine: {@code .safetensors}, {@code .npz} and {@code .npy}.
 *
 * <p>Tensors are read and written piece by piece, so that tensors over 2 GiB work and memory stays
 * bounded. Start at {@link org.djlsparse.io.WeightFile} and {@link
 * org.djlsparse.io.WeightFileWriter}, or at {@link org.djlsparse.io.WeightMasker}, {@link
 * org.djlsparse.io.WeightChecker} and {@link org.djlsparse.io.Compressor}, which work on whole
 * files. The classes:
 *
 * <ul>
 *   <li>For users: the five above, {@code CompressedFile}, {@code MaskFile}, {@code
 *       MaskFileReader}, {@code PatternProbe}, {@code TensorSelector}, {@code TensorChoice}, {@code
 *       TensorInfo}, {@code ElementType}, {@code FileFormat}, {@code FloatDecoder}, {@code
 *       WeightFileException}, and their parameters and results: {@code TensorSelection}, {@code
 *       MaskingReport}, {@code CheckReport}, {@code MaskedTensor}, {@code CheckedTensor}, {@code
 *       LeftOutTensor}, {@code CompressionResult}, {@code StoredTensor}, {@code TensorSource},
 *       {@code Shard}, {@code DenseTensors}, {@code InputFile}, {@code PositionedReader}.
 *   <li>Masking and checking: {@code Tile*}, {@code TensorMasker}, {@code Element*}.
 *   <li>Where bytes are: {@code InputFile} and {@code PositionedReader}, with {@code LocalFile} and
 *       {@code MappedFile} for those of the machine; {@code Positioned*}, {@code Stream*}.
 *   <li>Safetensors files, and the shards of a checkpoint as one file: {@code Safetensors*}, {@code
 *       Shard*}, {@code GitLfsPointer}.
 *   <li>NumPy's files: {@code Npy*}, {@code Npz*}, {@code NumpyType}, {@code PythonLiteral}, {@code
 *       FortranInputStream}.
 *   <li>Compressed files, which leave out pruned weights: {@code Compress*}, {@code Group*}, {@code
 *       Bit*}.
 *   <li>Masks and the state of a training run: {@code MaskFile*}.
 *   <li>Writing so that no half-written file is ever seen: {@code Replacement*}.
 * </ul>
 */
@NullMarked
package org.djlsparse.io;

import org.jspecify.annotations.NullMarked;
