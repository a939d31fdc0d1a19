package org.djlsparse.io;

/**
 * A tensor of a file that is left out: copied instead of masked, or not checked.
 *
 * @param tensor the tensor
 * @param reason why it is left out, in words
 */
public record LeftOutTensor(TensorInfo tensor, String reason) {}
