package org.djlsparse.spark;

import org.apache.hadoop.fs.Path;
import org.djlsparse.io.WeightFileException;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A file that a task writes. Its length and its checksum are taken on the way. */
final class NewFile {

    private static final int BUFFER = 1 << 20;

    private final HadoopFiles files;
    private final String name;
    private final Path path;
    private final MessageDigest digest = newDigest();
    private long bytes;

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
            return new DigestOutputStream(
                    new CountingStream(
                            new BufferedOutputStream(
                                    files.fileSystem(path).create(path, false), BUFFER)),
                    digest);
        } catch (IOException e) {
            throw WeightFileException.of(path.toString(), "cannot be written", e);
        }
    }

    /** Describes the file, once it is closed. */
    OutputShard describe() {
        return new OutputShard(name, bytes, HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Counts the bytes that pass. */
    private final class CountingStream extends OutputStream {

        private final OutputStream out;

        CountingStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            bytes++;
        }

        @Override
        public void write(byte[] array, int offset, int length) throws IOException {
            out.write(array, offset, length);
            bytes += length;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
