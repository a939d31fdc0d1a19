package org.djlsparse.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of Java's file systems, which are those of the machine. */
record LocalFile(Path path) implements InputFile {

    @Override
    public String getLocation() {
        return path.toString();
    }

    @Override
    public LocalFile resolveSibling(String name) throws WeightFileException {
        try {
            return new LocalFile(path.resolveSibling(name));
        } catch (InvalidPathException e) {
            throw WeightFileException.of(
                    path,
                    "shard "
                            + name
                            + ": this system's encoding, "
                            + System.getProperty("sun.jnu.encoding")
                            + ", cannot encode the name; LC_ALL=C.UTF-8 may help");
        }
    }

    @Override
    public MappedFile open() throws IOException {
        if (!Files.exists(path)) {
            throw WeightFileException.of(path, "no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw WeightFileException.of(
                    path,
                    Files.isDirectory(path)
                            ? "is a folder, must be a file"
                            : "is not a regular file");
        }
        try {
            return CloseAll.onFailure(
                    FileChannel.open(path, StandardOpenOption.READ),
                    channel -> new MappedFile(path, channel, channel.size()));
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be read", e);
        }
    }
}
