package org.djlsparse.cli.weights;

import java.util.List;

/**
 * The outcome of compressing or decompressing a file. The components are the keys of its JSON.
 *
 * @param bytesBefore the size of the file that was read, including all shards and their index
 * @param bytesAfter the size of the file that was written
 * @param seconds the time that it took
 * @param tensors its tensors
 * @param warnings the {@linkplain org.djlsparse.io.WeightFile#getWarnings warnings} about the file
 *     that was read
 */
public record CompressionReport(
        long bytesBefore,
        long bytesAfter,
        double seconds,
        List<TensorSize> tensors,
        List<String> warnings) {}
