package org.djlsparse.cli.weights;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is in a tensor. The components are the keys of its JSON.
 *
 * @param name its name
 * @param type the type of its elements, as the file calls it; "file" or "folder" for an entry of an
 *     {@code .npz} that is no array
 * @param carried whether commands know no more of it than its size, and carry it as it is
 * @param shape its dimensions
 * @param bytes its size, decompressed
 * @param storedBytes what it takes in the file
 * @param compressed the pattern by which the file has it compressed; null if it has it as it is
 * @param density the share of its entries that are not zero; null if it was not looked at
 * @param inputs the patterns that it satisfies along the inputs; null if it was not looked at
 * @param bothWays those of them that it satisfies along the outputs as well; null if it was not
 *     looked at
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
