package org.djlsparse.cli.weights;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The content of a tensor. The components are the keys of its JSON.
 *
 * @param name its name
 * @param type the file's name of the type of its elements; "file" or "folder" for an entry of an
 *     {@code .npz} that is not an array
 * @param carried whether commands know only its size, and carry it as it is
 * @param shape its dimensions
 * @param bytes its size, decompressed
 * @param storedBytes its size in the file
 * @param compressed the pattern by which it is compressed; null if it is stored as it is
 * @param density the share of its entries that are not zero; null if it was not probed
 * @param inputs the patterns that it satisfies along the inputs; null if it was not probed
 * @param bothWays those of them that it satisfies along the outputs as well; null if it was not
 *     probed
 */
@SuppressWarnings("ArrayRecordComponent") // only written out
public record InspectedTensor(
        String name,
        String type,
        boolean carried,
        long[] shape,
        long bytes,
        long storedBytes,
        @Nullable String compressed,
        @Nullable Double density,
        @Nullable List<String> inputs,
        @Nullable List<String> bothWays) {}
