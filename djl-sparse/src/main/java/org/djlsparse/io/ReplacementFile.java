package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A file that is written under a temporary name in the same folder, and takes its place at the end
 * in one step, so that no half-written file is ever seen.
 */
final class ReplacementFile implements Replacement, PositionedOutput {

    /** The JDK keeps a direct buffer as large as the largest write. */
    private static final int LARGEST_WRITE = 1 << 18;

    /** The number of bytes after which the disk starts to write, while more data is made. */
    private static final long FLUSHED_AT_ONCE = 1 << 26;

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final boolean isNew;
    private long position;
    private long notFlushed;
    private @Nullable FutureTask<Boolean> flush;

    private ReplacementFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
        isNew = !Files.exists(target);
    }

    static ReplacementFile create(Path path) throws WeightFileException {
        if (Files.isDirectory(path)) {
            throw WeightFileException.of(path, "is a folder, must be a file");
        }
        if (Files.exists(path) && !Files.isWritable(path)) {
            throw WeightFileException.of(path, "is write-protected");
        }
        try {
            // A link stays one.
            Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
            Path folder = target.getParent();
            if (folder == null || !Files.isDirectory(folder)) {
                throw WeightFileException.of(path, "its folder does not exist");
            }
            Path temporary = folder.resolve(".djl-sparse-" + UUID.randomUUID() + ".tmp");
            FileChannel channel =
                    FileChannel.open(
                            temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return CloseAll.onFailure(
                    new ReplacementFile(target, temporary, channel),
                    file -> {
                        file.prepare();
                        return file;
                    });
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be written", e);
        }
    }

    private void prepare() throws IOException {
        if (temporary.getFileSystem() == FileSystems.getDefault()) {
            temporary.toFile().deleteOnExit(); // for a program stopped from outside
        }
        PosixFileAttributeView old =
                Files.getFileAttributeView(target, PosixFileAttributeView.class);
        if (old != null && Files.exists(target)) {
            Files.setPosixFilePermissions(temporary, old.readAttributes().permissions());
        }
    }

    void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        writeAt(position, bytes, offset, length);
        position += length;
    }

    /** Writes bytes at any position. Those written in order continue where they were. */
    @Override
    public void writeAt(long at, byte[] bytes, int offset, int length) throws IOException {
        int written = 0;
        try {
            while (written < length) {
                int part = Math.min(length - written, LARGEST_WRITE);
                written +=
                        channel.write(ByteBuffer.wrap(bytes, offset + written, part), at + written);
            }
        } catch (IOException e) {
            throw failed(e);
        }
        notFlushed += length;
        if (notFlushed >= FLUSHED_AT_ONCE && (flush == null || flush.isDone())) {
            endFlush();
            startFlush();
        }
    }

    /** Brings the data written so far to the disk, in a background thread. */
    private void startFlush() {
        notFlushed = 0;
        flush =
                new FutureTask<>(
                        () -> {
                            channel.force(false);
                            return true;
                        });
        Thread thread = new Thread(flush, "djl-sparse flush");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits for {@link #startFlush}. The system reports an error only once. */
    private void endFlush() throws IOException {
        if (flush == null) {
            return;
        }
        try {
            flush.get();
        } catch (ExecutionException e) {
            throw failed(e.getCause() instanceof IOException io ? io : new IOException(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void sync() throws IOException {
        endFlush();
        try {
            channel.force(true);
            channel.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void replace() throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Deletes the file from its place, if no file was there before. */
    void removeIfNew() throws IOException {
        if (isNew) {
            Files.deleteIfExists(target);
        }
    }

    /** Returns whether an existing path leads to the place of this file, which exists, too. */
    boolean isAt(Path path) throws IOException {
        return Files.isSameFile(target, path);
    }

    private IOException failed(IOException e) {
        return new IOException(target + ": cannot be written: " + e.getMessage(), e);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
