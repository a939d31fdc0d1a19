package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.List;

/**
 * How a {@link CompressedFile} stores a tensor.
 *
 * @param tensor the decompressed tensor
 * @param pattern the pattern by which it is compressed; null if it is stored as it is
 * @param bothWays whether its transpose is stored, too, compressed along the outputs
 */
public record StoredTensor(TensorInfo tensor, @Nullable NmPattern pattern, boolean bothWays)
        implements Serializable {

    static final String VALUES = ".values";
    private static final String INDICES = ".indices";
    private static final String TRANSPOSED = ".transposed";

    static StoredTensor dense(TensorInfo tensor) {
        return new StoredTensor(tensor, null, false);
    }

    /**
     * Returns the size of the tensor in the file.
     *
     * @return the number of bytes of values and indices, or of the tensor itself
     */
    public long getBytes() {
        return getParts().stream().mapToLong(TensorInfo::getByteCount).sum();
    }

    /**
     * Returns the tensors of the safetensors file that store the tensor, under the names by which
     * other programs find them: values and indices, also of the transpose if it is stored, or the
     * tensor itself.
     *
     * @return one, two or four tensors, in the order of the file
     */
    public List<TensorInfo> getParts() {
        if (pattern == null) {
            return List.of(tensor);
        }
        CompressedLayout layout = CompressedLayout.of(tensor, pattern);
        TensorInfo values = layout.values(tensor.name() + VALUES);
        TensorInfo indices = layout.indices(tensor.name() + INDICES);
        if (!bothWays) {
            return List.of(values, indices);
        }
        CompressedLayout transposed = layout.transposed();
        return List.of(
                values,
                indices,
                transposed.values(tensor.name() + TRANSPOSED + VALUES),
                transposed.indices(tensor.name() + TRANSPOSED + INDICES));
    }
}
