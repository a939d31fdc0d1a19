package org.djlsparse.cli.weights;

/**
 * A tensor that a command does not take. The components are the keys of its JSON.
 *
 * @param name its name
 * @param shape its dimensions
 * @param reason why, in words
 */
@SuppressWarnings("ArrayRecordComponent") // only written out
public record LeftOutTensor(String name, long[] shape, String reason) {}
