package org.djlsparse.spark;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The blocks of files that were read last. A remote file system answers a request for a block about
 * as fast as one for a byte, and its readers ask for neighbouring pieces, from several threads.
 * Thread-safe.
 */
final class BlockCache {

    /** The size of a block, but for the last of a file. */
    static final int BLOCK = 4 << 20;

    /** Enough for the pieces that the threads of a task work on. */
    private static final int BLOCKS = 8;

    private final Map<Key, FutureTask<byte[]>> blocks = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(String location, long index) {}

    /** Reads a block. */
    @FunctionalInterface
    interface Loader {
        byte[] load() throws IOException;
    }

    /** Returns a block, which must not be changed. Several threads may wait for the same one. */
    byte[] get(String location, long index, Loader loader) throws IOException {
        Key key = new Key(location, index);
        FutureTask<byte[]> block;
        synchronized (blocks) {
            block = blocks.get(key);
            if (block == null) {
                block = new FutureTask<>(loader::load);
                blocks.put(key, block);
                if (blocks.size() > BLOCKS) {
                    Iterator<Key> eldest = blocks.keySet().iterator();
                    eldest.next();
                    eldest.remove();
                }
            }
        }
        block.run(); // at once and here, if no other thread has begun it
        try {
            return block.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            synchronized (blocks) {
                blocks.remove(key, block); // the next reader tries again
            }
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }
}
