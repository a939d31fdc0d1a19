package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A file that is read at any position. The system copies long pieces, which takes a quarter of the
 * time of mapping each of their pages. Short pieces are read from memory, into which the file is
 * mapped window by window, when a window is first read. Windows that are not being read are freed
 * by the next garbage collection, so that few exist at a time. Thread-safe.
 */
final class MappedFile implements PositionedReader {

    private static final long WINDOW = 1 << 26;

    /** The length from which on the system copies. */
    private static final int LONG = 1 << 14;

    /**
     * The JDK keeps a direct buffer as large as the largest read. One of this size stays in a
     * cache.
     */
    private static final int LARGEST_READ = 1 << 18;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final AtomicReferenceArray<@Nullable WeakReference<MappedByteBuffer>> windows;

    MappedFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
        windows = new AtomicReferenceArray<>(Math.toIntExact((size + WINDOW - 1) / WINDOW));
    }

    @Override
    public long getLength() {
        return size;
    }

    @Override
    public void read(long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        if (length >= LONG) {
            readLong(position, bytes, offset, length);
        } else {
            readShort(position, bytes, offset, length);
        }
    }

    private void readLong(long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        int done = 0;
        while (done < length) {
            int part = Math.min(length - done, LARGEST_READ);
            int read;
            try {
                read = channel.read(ByteBuffer.wrap(bytes, offset + done, part), position + done);
            } catch (IOException e) {
                throw WeightFileException.of(path, "cannot be read", e);
            }
            if (read < 0) {
                throw WeightFileException.cut(path);
            }
            done += read;
        }
    }

    private void readShort(long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        int done = 0;
        while (done < length) {
            long at = position + done;
            MappedByteBuffer window = window((int) (at / WINDOW));
            int start = (int) (at % WINDOW);
            int part = Math.min(length - done, window.limit() - start);
            try {
                window.get(start, bytes, offset + done, part);
            } catch (InternalError e) {
                // Java's error for a page that is no longer in the file.
                throw WeightFileException.cut(path);
            }
            done += part;
        }
    }

    private MappedByteBuffer window(int index) throws WeightFileException {
        WeakReference<MappedByteBuffer> reference = windows.get(index);
        MappedByteBuffer window = reference == null ? null : reference.get();
        if (window == null) {
            long start = index * WINDOW;
            long length = Math.min(WINDOW, size - start);
            try {
                // Beyond the end Java would refuse, or map zeros.
                if (channel.size() < size) {
                    throw WeightFileException.cut(path);
                }
                window = channel.map(FileChannel.MapMode.READ_ONLY, start, length);
            } catch (IOException e) {
                throw WeightFileException.of(path, "cannot be read", e);
            }
            windows.set(index, new WeakReference<>(window));
        }
        return window;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
