package org.djlsparse.spark;

import java.io.Serializable;

/**
 * A file of a checkpoint that was written.
 *
 * @param name its name in the folder
 * @param bytes its length
 * @param sha256 its SHA-256, in hexadecimal digits, taken while it was written
 */
public record OutputShard(String name, long bytes, String sha256) implements Serializable {}
