package org.djlsparse.spark;

import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.djlsparse.io.WeightFileException;
import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/** A file that a task writes. Its length and its checksum are taken on the way. */
final class NewFile {

    private static final int BUFFER = 1 << 20;

    private final HadoopFiles files;
    private final String name;
    private final Path path;
    private final MessageDigest digest = newDigest();
    private @Nullable FSDataOutputStream written;

    /**
     * Creates a description.
     *
     * @param name its name in the end
     * @param path where it is written
     */
    NewFile(HadoopFiles files, String name, String path) {
        this.files = files;
        this.name = name;
        this.path = new Path(path);
    }

    /** Starts to write. */
    OutputStream open() throws IOException {
        try {
            FSDataOutputStream out = files.fileSystem(path).create(path, false);
            written = out;
            return new DigestOutputStream(new BufferedOutputStream(out, BUFFER), digest);
        } catch (IOException e) {
            throw WeightFileException.of(path.toString(), "cannot be written", e);
        }
    }

    /** Describes the file, once its stream is closed. */
    OutputShard describe() {
        long bytes = Objects.requireNonNull(written, "not opened").getPos();
        return new OutputShard(name, bytes, HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
