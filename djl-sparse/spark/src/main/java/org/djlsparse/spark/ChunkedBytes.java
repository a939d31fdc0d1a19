package org.djlsparse.spark;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Bytes in memory, which may be more than fit into an array. Not thread-safe while written. */
final class ChunkedBytes implements Serializable {

    private static final long serialVersionUID = 1;

    private static final int CHUNK = 1 << 24;

    private final ArrayList<byte[]> chunks = new ArrayList<>();
    private int used = CHUNK; // of the last chunk

    /** Returns a stream that appends bytes. */
    OutputStream newOutput() {
        return new OutputStream() {
            @Override
            public void write(int value) {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                append(bytes, offset, length);
            }
        };
    }

    private void append(byte[] bytes, int offset, int length) {
        int done = 0;
        while (done < length) {
            if (used == CHUNK) {
                chunks.add(new byte[CHUNK]);
                used = 0;
            }
            int count = Math.min(length - done, CHUNK - used);
            System.arraycopy(bytes, offset + done, chunks.get(chunks.size() - 1), used, count);
            used += count;
            done += count;
        }
    }

    /** Returns a stream of all bytes. */
    InputStream newInput() {
        List<InputStream> streams = new ArrayList<>();
        for (int i = 0; i < chunks.size(); i++) {
            int length = i == chunks.size() - 1 ? used : CHUNK;
            streams.add(new ByteArrayInputStream(chunks.get(i), 0, length));
        }
        return new SequenceInputStream(Collections.enumeration(streams));
    }
}
