package org.djlsparse.embedder;

import org.jspecify.annotations.Nullable;

/**
 * What a compressed model is like.
 *
 * @param pattern the pattern; null for the dense model
 * @param method what made the model, such as "adaprune"
 * @param similarity the comparison with the dense model on the held-out sentences
 * @param transposable whether the pattern holds along rows and columns of all masked weights
 * @param bytes the size of the model's file
 * @param compressedBytes the size of its compressed file; equal to {@code bytes} for the dense one
 * @param denseMillis the dense model's time for a sentence; null if not measured
 * @param millis the time for a sentence with the fastest kernel; null if not measured
 * @param seconds the time that the method took
 */
record VariantResult(
        @Nullable String pattern,
        String method,
        Similarity similarity,
        boolean transposable,
        long bytes,
        long compressedBytes,
        @Nullable Double denseMillis,
        @Nullable Double millis,
        double seconds) {}
