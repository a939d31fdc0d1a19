package org.djlsparse.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes a zip file of {@code .npy} files as {@code numpy.savez} does: entries stored as they are,
 * or compressed, if they hold anything, with their size and checksum before them, in the form that
 * holds more than 4 GiB. {@code java.util.zip} writes a stored entry only if its checksum is known
 * in advance, and otherwise puts sizes behind the data, where readers that go forwards miss them.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the zip format</a>
 */
final class NpzSink implements TensorSink {

    private static final String NPY = FileFormat.NPY.getExtension();
    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int CENTRAL_HEADER = 0x02014b50;
    private static final int ZIP64_END = 0x06064b50;
    private static final int ZIP64_LOCATOR = 0x07064b50;
    private static final int END = 0x06054b50;
    private static final int ZIP64_EXTRA = 1;
    private static final short VERSION_ZIP64 = 45;
    private static final short NAMES_IN_UTF8 = 1 << 11;
    private static final short STORED = 0;
    private static final short DEFLATED = 8;
    private static final int FIRST_OF_1980 = 1 << 21 | 1 << 16; // a date; the time is midnight
    private static final long IN_ZIP64 = 0xffffffffL;
    private static final int COUNT_IN_ZIP64 = 0xffff;

    private final ReplacementFile file;
    private final boolean deflated;
    private final List<Entry> entries = new ArrayList<>();
    private final CRC32 checksum = new CRC32();
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final byte[] packed = new byte[1 << 16];
    private byte[] name = {};
    private boolean compressed;
    private long start;
    private long dataStart;
    private long size;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(
            byte[] name, short method, long start, int checksum, long packedSize, long size) {}

    /**
     * Creates a sink.
     *
     * @param deflated whether entries shall be compressed
     */
    NpzSink(ReplacementFile file, boolean deflated) {
        this.file = file;
        this.deflated = deflated;
    }

    /**
     * Checks that an {@code .npz} can hold a tensor.
     *
     * @throws IllegalArgumentException if it cannot
     */
    static void check(TensorInfo tensor) {
        header(tensor);
        byte[] name = entryName(tensor);
        if (name.length > 0xffff) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": the name is too long for an .npz");
        }
        if (tensor.type() == ElementType.OPAQUE_ENTRY && tensor.name().endsWith(NPY)) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": an entry that ends in .npy is an array");
        }
    }

    private static byte[] header(TensorInfo tensor) {
        return tensor.type() == ElementType.OPAQUE_ENTRY ? new byte[0] : NpyHeader.format(tensor);
    }

    private static byte[] entryName(TensorInfo tensor) {
        String suffix = tensor.type() == ElementType.OPAQUE_ENTRY ? "" : NPY;
        return (tensor.name() + suffix).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void begin(TensorInfo tensor) throws IOException {
        name = entryName(tensor);
        byte[] header = header(tensor);
        compressed = deflated && header.length + tensor.getByteCount() > 0;
        start = file.position();
        // What is not known yet is 0, and patched at the end.
        file.write(
                record(LOCAL_HEADER, 30 + name.length + 20)
                        .putShort(VERSION_ZIP64)
                        .putShort(NAMES_IN_UTF8)
                        .putShort(method())
                        .putInt(FIRST_OF_1980)
                        .putInt(0)
                        .putInt((int) IN_ZIP64)
                        .putInt((int) IN_ZIP64)
                        .putShort((short) name.length)
                        .putShort((short) 20)
                        .put(name)
                        .putShort((short) ZIP64_EXTRA)
                        .putShort((short) 16)
                        .putLong(0)
                        .putLong(0)
                        .array());
        dataStart = file.position();
        size = 0;
        checksum.reset();
        deflater.reset();
        write(header, 0, header.length);
    }

    private short method() {
        return compressed ? DEFLATED : STORED;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        checksum.update(bytes, offset, length);
        size += length;
        if (compressed) {
            deflater.setInput(bytes, offset, length);
            while (!deflater.needsInput()) {
                deflate();
            }
        } else {
            file.write(bytes, offset, length);
        }
    }

    private void deflate() throws IOException {
        file.write(packed, 0, deflater.deflate(packed));
    }

    @Override
    public void end() throws IOException {
        if (compressed) {
            deflater.finish();
            while (!deflater.finished()) {
                deflate();
            }
        }
        Entry entry =
                new Entry(
                        name,
                        method(),
                        start,
                        (int) checksum.getValue(),
                        file.position() - dataStart,
                        size);
        entries.add(entry);
        file.patch(start + 14, little(4).putInt(entry.checksum).array());
        file.patch(dataStart - 16, little(16).putLong(size).putLong(entry.packedSize).array());
    }

    @Override
    public void finish() throws IOException {
        long centralStart = file.position();
        for (Entry entry : entries) {
            writeCentral(entry);
        }
        long centralEnd = file.position();
        long centralSize = centralEnd - centralStart;
        boolean large = centralEnd >= IN_ZIP64 || entries.size() >= COUNT_IN_ZIP64;
        if (large) {
            file.write(
                    record(ZIP64_END, 56)
                            .putLong(56 - 12)
                            .putShort(VERSION_ZIP64)
                            .putShort(VERSION_ZIP64)
                            .putInt(0)
                            .putInt(0)
                            .putLong(entries.size())
                            .putLong(entries.size())
                            .putLong(centralSize)
                            .putLong(centralStart)
                            .array());
            file.write(record(ZIP64_LOCATOR, 20).putInt(0).putLong(centralEnd).putInt(1).array());
        }
        short count = (short) (large ? COUNT_IN_ZIP64 : entries.size());
        file.write(
                record(END, 22)
                        .putInt(0)
                        .putShort(count)
                        .putShort(count)
                        .putInt((int) (large ? IN_ZIP64 : centralSize))
                        .putInt((int) (large ? IN_ZIP64 : centralStart))
                        .putShort((short) 0)
                        .array());
    }

    private void writeCentral(Entry entry) throws IOException {
        boolean large = Math.max(entry.start, Math.max(entry.size, entry.packedSize)) >= IN_ZIP64;
        int extra = large ? 28 : 0;
        byte[] header = new byte[46 + entry.name.length + extra];
        ByteBuffer buffer =
                ByteBuffer.wrap(header)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(CENTRAL_HEADER)
                        .putShort(VERSION_ZIP64)
                        .putShort(VERSION_ZIP64)
                        .putShort(NAMES_IN_UTF8)
                        .putShort(entry.method)
                        .putInt(FIRST_OF_1980)
                        .putInt(entry.checksum)
                        .putInt((int) (large ? IN_ZIP64 : entry.packedSize))
                        .putInt((int) (large ? IN_ZIP64 : entry.size))
                        .putShort((short) entry.name.length)
                        .putShort((short) extra)
                        .putShort((short) 0) // comment
                        .putInt(0) // disk, internal attributes
                        .putInt(0600 << 16) // as NumPy's, for programs that unpack
                        .putInt((int) (large ? IN_ZIP64 : entry.start))
                        .put(entry.name);
        if (large) {
            buffer.putShort((short) ZIP64_EXTRA)
                    .putShort((short) 24)
                    .putLong(entry.size)
                    .putLong(entry.packedSize)
                    .putLong(entry.start);
        }
        file.write(header);
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer record(int signature, int bytes) {
        return little(bytes).putInt(signature);
    }

    @Override
    public void close() {
        deflater.end();
    }
}
