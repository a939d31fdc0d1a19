package org.djlsparse.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * Writes a {@link ReplacementFile} at any position. Short writes are collected, those that go back
 * a little included. {@link #close} writes what is left, and leaves the file open.
 */
final class ReplacementChannel implements SeekableByteChannel {

    private final ReplacementFile file;
    private final byte[] collected = new byte[1 << 16];
    private long start;
    private int count;
    private long position;
    private long size;

    ReplacementChannel(ReplacementFile file) {
        this.file = file;
    }

    /** Writes a buffer, which must have an array. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        int length = source.remaining();
        int offset = source.arrayOffset() + source.position();
        if (position < start
                || position > start + count
                || position + length > start + collected.length) {
            flush();
            start = position;
        }
        if (length > collected.length) {
            file.writeAt(position, source.array(), offset, length);
            start += length;
        } else {
            int at = (int) (position - start);
            System.arraycopy(source.array(), offset, collected, at, length);
            count = Math.max(count, at + length);
        }
        source.position(source.limit());
        position += length;
        size = Math.max(size, position);
        return length;
    }

    private void flush() throws IOException {
        file.writeAt(start, collected, 0, count);
        count = 0;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(ByteBuffer target) {
        throw new NonReadableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long newSize) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() throws IOException {
        flush();
    }
}
