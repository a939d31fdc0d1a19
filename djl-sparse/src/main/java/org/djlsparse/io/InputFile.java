package org.djlsparse.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file to read, wherever it is. {@link #of} is a file of Java's file systems; other
 * implementations read from a cluster's file system or an object store.
 */
public interface InputFile {

    /**
     * Returns a file of Java's file systems.
     *
     * @param path the file, which need not exist
     * @return the file
     */
    static InputFile of(Path path) {
        return new LocalFile(path);
    }

    /**
     * Returns where the file is. Messages name the file by it, and its extension tells the format.
     *
     * @return a path or a URI
     */
    String getLocation();

    /**
     * Returns another file in the same folder, or below it: a shard of an index.
     *
     * @param name the file's path from the folder, with {@code /} between its parts
     * @return the file, which need not exist
     * @throws WeightFileException if there can be no file of that name
     */
    InputFile resolveSibling(String name) throws WeightFileException;

    /**
     * Opens the file.
     *
     * @return its content, to be closed
     * @throws IOException if there is no such file, or it cannot be read; the message says where it
     *     is
     */
    PositionedReader open() throws IOException;
}
