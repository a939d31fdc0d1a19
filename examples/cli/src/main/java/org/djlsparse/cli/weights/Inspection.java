package org.djlsparse.cli.weights;

import java.util.List;

/**
 * What is in a file. The components are the keys of its JSON.
 *
 * @param kind "weights", "shards", "compressed" or "masks"
 * @param bytes its size, all shards and their index together
 * @param tensors its tensors
 * @param warnings what is odd about it, such as tensors that a checkpoint's index does not name
 */
public record Inspection(
        String kind, long bytes, List<InspectedTensor> tensors, List<String> warnings) {}
