package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the parts of a compressed file, several at the same time, and their checksums. For one
 * thread.
 */
final class CompressedFileSink {

    private final PositionedOutput file;
    private final byte[] header;
    private final List<Part> parts = new ArrayList<>();
    private int next;

    /** A tensor of the file, which is written from its first byte to its last. */
    final class Part {

        private final TensorInfo tensor;
        private final long end;
        private long position;
        private @Nullable MessageDigest digest; // while there is data to come
        private byte[] checksum = {};

        private Part(TensorInfo tensor, long position) {
            this.tensor = tensor;
            this.position = position;
            end = position + tensor.getByteCount();
        }

        void write(byte[] bytes, int length) throws IOException {
            if (length > end - position) {
                throw new IllegalArgumentException(
                        "tensor \"" + tensor.name() + "\": " + length + " bytes are too many");
            }
            if (digest == null) {
                digest = Sha256.newDigest();
            }
            file.writeAt(position, bytes, 0, length);
            digest.update(bytes, 0, length);
            position += length;
            if (position == end) {
                checksum = digest.digest();
                digest = null;
            }
        }

        byte[] getChecksum() {
            if (position < end) {
                throw new IllegalStateException("tensor \"" + tensor.name() + "\" is not complete");
            }
            return checksum.length == 0 ? Sha256.newDigest().digest() : checksum;
        }
    }

    /** Begins a file with its header. */
    CompressedFileSink(PositionedOutput file, CompressedHeader content) throws IOException {
        this.file = file;
        List<TensorInfo> tensors = new ArrayList<>(content.parts());
        tensors.add(
                TensorInfo.of(
                        CompressedHeader.CHECKSUM,
                        ElementType.U8,
                        tensors.size() + 1,
                        Sha256.BYTES));
        header = SafetensorsHeader.format(tensors, content.format());
        file.writeAt(0, header, 0, header.length);
        long position = header.length;
        for (TensorInfo tensor : tensors) {
            Part part = new Part(tensor, position);
            parts.add(part);
            position = part.end;
        }
    }

    /** The part after that which was asked for last. */
    Part nextPart() {
        return parts.get(next++);
    }

    /** Writes the checksums. */
    void finish() throws IOException {
        MessageDigest whole = Sha256.newDigest();
        whole.update(header);
        int last = parts.size() - 1;
        byte[] rows = new byte[Math.multiplyExact(parts.size(), Sha256.BYTES)];
        for (int i = 0; i < last; i++) {
            byte[] checksum = parts.get(i).getChecksum();
            System.arraycopy(checksum, 0, rows, i * Sha256.BYTES, Sha256.BYTES);
        }
        whole.update(rows, 0, last * Sha256.BYTES);
        System.arraycopy(whole.digest(), 0, rows, last * Sha256.BYTES, Sha256.BYTES);
        parts.get(last).write(rows, rows.length);
    }
}
