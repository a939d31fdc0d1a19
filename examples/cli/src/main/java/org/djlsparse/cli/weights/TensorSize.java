package org.djlsparse.cli.weights;

import org.djlsparse.io.StoredTensor;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of compressing or decompressing a tensor. The components are the keys of its JSON.
 *
 * @param name the tensor's name
 * @param type the type of its elements
 * @param shape its dimensions
 * @param pattern the pattern by which it is compressed; null if it is stored as it is
 * @param bothWays whether its transpose is stored, too
 * @param bytes its size
 * @param storedBytes its size in the compressed file
 * @param reason why it is stored as it is, or not both ways; null if it is compressed as asked
 */
@SuppressWarnings("ArrayRecordComponent") // only written out
public record TensorSize(
        String name,
        String type,
        long[] shape,
        @Nullable String pattern,
        boolean bothWays,
        long bytes,
        long storedBytes,
        @Nullable String reason) {

    /**
     * Describes a tensor.
     *
     * @param stored how the tensor is stored
     * @param reason why it is stored as it is, or not both ways; null if it is compressed as asked
     * @return its size
     */
    public static TensorSize of(StoredTensor stored, @Nullable String reason) {
        return new TensorSize(
                stored.tensor().name(),
                stored.tensor().typeName(),
                stored.tensor().shape(),
                stored.pattern() == null ? null : stored.pattern().toString(),
                stored.bothWays(),
                stored.tensor().getByteCount(),
                stored.getBytes(),
                reason);
    }
}
