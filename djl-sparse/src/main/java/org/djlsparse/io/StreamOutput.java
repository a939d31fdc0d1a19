package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a file at any position to a stream, which takes bytes in order only, such as a file of a
 * cluster. Bytes that come before their turn wait in a temporary file on the local disk. For one
 * thread.
 */
final class StreamOutput implements PositionedOutput, Closeable {

    private static final int COPIED_AT_ONCE = 1 << 20;

    private final OutputStream out;
    private final Path spill;
    private final FileChannel waiting;

    /** The pieces that wait, by position: where they begin in the temporary file. */
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();

    private long position;
    private long spilled;

    private record Piece(long start, long length) {}

    /**
     * Creates an output.
     *
     * @param out takes the file; it stays open
     */
    StreamOutput(OutputStream out) throws IOException {
        this.out = out;
        spill = Files.createTempFile("djl-sparse", ".part");
        waiting =
                FileChannel.open(
                        spill,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE);
    }

    @Override
    public void writeAt(long at, byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return;
        }
        if (at < position) {
            throw new IllegalArgumentException(
                    "position " + at + ": must be at least " + position + ", which is written");
        }
        if (at > position) {
            spill(at, bytes, offset, length);
            return;
        }
        out.write(bytes, offset, length);
        position += length;
        Map.Entry<Long, Piece> next = pieces.firstEntry();
        while (next != null && next.getKey() == position) {
            pieces.remove(next.getKey());
            copy(next.getValue());
            next = pieces.firstEntry();
        }
        if (pieces.isEmpty()) {
            spilled = 0; // the space is used again
        }
    }

    private void spill(long at, byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        while (buffer.hasRemaining()) {
            waiting.write(buffer, spilled + buffer.position() - offset);
        }
        Map.Entry<Long, Piece> before = pieces.floorEntry(at);
        if (before != null
                && before.getKey() + before.getValue().length() == at
                && before.getValue().start() + before.getValue().length() == spilled) {
            Piece piece = before.getValue();
            pieces.put(before.getKey(), new Piece(piece.start(), piece.length() + length));
        } else {
            pieces.put(at, new Piece(spilled, length));
        }
        spilled += length;
    }

    private void copy(Piece piece) throws IOException {
        ByteBuffer buffer =
                ByteBuffer.allocate((int) Math.min(COPIED_AT_ONCE, Math.max(1, piece.length())));
        for (long done = 0; done < piece.length(); ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), piece.length() - done));
            int read = waiting.read(buffer, piece.start() + done);
            if (read < 0) {
                throw new IOException(spill + ": ends early: it was cut while in use");
            }
            out.write(buffer.array(), 0, read);
            done += read;
        }
        position += piece.length();
    }

    /** Checks that no bytes wait, and flushes the stream. */
    void finish() throws IOException {
        if (!pieces.isEmpty()) {
            throw new IllegalStateException(
                    "bytes from " + position + " to " + pieces.firstKey() + " are missing");
        }
        out.flush();
    }

    @Override
    public void close() throws IOException {
        waiting.close();
    }
}
