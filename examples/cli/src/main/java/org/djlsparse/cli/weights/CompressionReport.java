package org.djlsparse.cli.weights;

import java.util.List;

/**
 * What compressing or decompressing a file came to. The components are the keys of its JSON.
 *
 * @param bytesBefore the size of what was read, all shards and their index together
 * @param bytesAfter the size of what was written
 * @param seconds how long it took
 * @param tensors its tensors
 * @param warnings what is odd about the file that was read
 */
public record CompressionReport(
        long bytesBefore,
        long bytesAfter,
        double seconds,
        List<TensorSize> tensors,
        List<String> warnings) {}
