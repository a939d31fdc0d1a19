package org.djlsparse.cli.weights;

import java.util.List;

/**
 * The content of a file. The components are the keys of its JSON.
 *
 * @param kind "weights", "shards", "compressed" or "masks"
 * @param bytes its size, including all shards and their index
 * @param tensors its tensors
 * @param warnings warnings about it, such as tensors that a checkpoint's index does not name
 */
public record Inspection(
        String kind, long bytes, List<InspectedTensor> tensors, List<String> warnings) {}
