package org.djlsparse.io;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A safetensors file: the length of the header in 8 bytes, the header as JSON, then the data.
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index#format">the format</a>
 */
final class SafetensorsFile extends WeightFile {

    static final int LENGTH_BYTES = 8;

    /** The limit of the reference implementation. */
    private static final long LONGEST_HEADER = 100_000_000;

    private final FileChannel channel;
    private final SafetensorsHeader header;
    private final long dataStart;
    private final MappedFile mapped;

    private SafetensorsFile(
            Path path, FileChannel channel, SafetensorsHeader header, long dataStart, long size) {
        super(path);
        this.channel = channel;
        this.header = header;
        this.dataStart = dataStart;
        mapped = new MappedFile(path, channel, size);
    }

    static SafetensorsFile openFile(Path path) throws IOException {
        return CloseAll.onFailure(
                FileChannel.open(path, StandardOpenOption.READ), channel -> read(path, channel));
    }

    private static SafetensorsFile read(Path path, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw WeightFileException.of(
                    path, "has " + size + " bytes, too few for a safetensors file");
        }
        long length =
                ByteBuffer.wrap(bytes(path, channel, 0, LENGTH_BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong();
        // As an unsigned number, it may look negative.
        if (Long.compareUnsigned(length, LONGEST_HEADER) > 0) {
            throw WeightFileException.of(
                    path,
                    "header of "
                            + Long.toUnsignedString(length)
                            + " bytes: must be at most "
                            + LONGEST_HEADER);
        }
        long dataStart = LENGTH_BYTES + length;
        if (dataStart > size) {
            throw WeightFileException.of(
                    path,
                    "header of "
                            + length
                            + " bytes: must be at most the "
                            + (size - LENGTH_BYTES)
                            + " that the file has");
        }
        SafetensorsHeader header;
        try (InputStream json =
                new BufferedInputStream(
                        new RegionInputStream(path, channel, LENGTH_BYTES, length))) {
            header = SafetensorsHeader.parse(path, json, size - dataStart);
        }
        return new SafetensorsFile(path, channel, header, dataStart, size);
    }

    private static byte[] bytes(Path path, FileChannel channel, long position, int length)
            throws IOException {
        try (InputStream in = new RegionInputStream(path, channel, position, length)) {
            return in.readNBytes(length);
        }
    }

    @Override
    public List<TensorInfo> getTensors() {
        return header.tensors();
    }

    @Override
    public Map<String, String> getMetadata() {
        return header.metadata();
    }

    @Override
    public InputStream newInputStream(TensorInfo tensor) {
        return new MappedInputStream(mapped, begin(tensor), tensor.getByteCount());
    }

    @Override
    public boolean isRandomAccess() {
        return true;
    }

    @Override
    public void read(TensorInfo tensor, long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        Objects.checkFromIndexSize(position, length, tensor.getByteCount());
        mapped.read(begin(tensor) + position, bytes, offset, length);
    }

    private long begin(TensorInfo tensor) {
        Long begin = header.begins().get(tensor.name());
        if (begin == null) {
            throw noSuchTensor(tensor);
        }
        return dataStart + begin;
    }

    /** Reads all bytes before the data: the header and its length. */
    byte[] readHeader() throws IOException {
        return bytes(getPath(), channel, 0, Math.toIntExact(dataStart));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
