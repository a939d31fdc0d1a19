package org.djlsparse.io;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    private static final int HEADER_BUFFER = 1 << 16;

    private final PositionedReader content;
    private final SafetensorsHeader header;
    private final long dataStart;

    private SafetensorsFile(
            String location, PositionedReader content, SafetensorsHeader header, long dataStart) {
        super(location);
        this.content = content;
        this.header = header;
        this.dataStart = dataStart;
    }

    /**
     * Reads the header of a file.
     *
     * @param content the open file, which the result closes
     */
    static SafetensorsFile read(String location, PositionedReader content) throws IOException {
        long size = content.getLength();
        if (size < LENGTH_BYTES) {
            throw WeightFileException.of(
                    location, "has " + size + " bytes, too few for a safetensors file");
        }
        byte[] lengthBytes = new byte[LENGTH_BYTES];
        content.read(0, lengthBytes, 0, LENGTH_BYTES);
        long length = ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        // As an unsigned number, it may look negative.
        if (Long.compareUnsigned(length, LONGEST_HEADER) > 0) {
            throw WeightFileException.of(
                    location,
                    "header of "
                            + Long.toUnsignedString(length)
                            + " bytes: must be at most "
                            + LONGEST_HEADER);
        }
        long dataStart = LENGTH_BYTES + length;
        if (dataStart > size) {
            throw WeightFileException.of(
                    location,
                    "header of "
                            + length
                            + " bytes: must be at most the "
                            + (size - LENGTH_BYTES)
                            + " that the file has");
        }
        SafetensorsHeader header;
        try (InputStream json =
                new BufferedInputStream(
                        new PositionedInputStream(content, LENGTH_BYTES, length), HEADER_BUFFER)) {
            header = SafetensorsHeader.parse(location, json, size - dataStart);
        }
        return new SafetensorsFile(location, content, header, dataStart);
    }

    @Override
    public long getSize() {
        return content.getLength();
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
        return new PositionedInputStream(content, begin(tensor), tensor.getByteCount());
    }

    @Override
    public boolean isRandomAccess() {
        return true;
    }

    @Override
    public void read(TensorInfo tensor, long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        Objects.checkFromIndexSize(position, length, tensor.getByteCount());
        try {
            content.read(begin(tensor) + position, bytes, offset, length);
        } catch (IOException e) {
            throw WeightFileException.of(getLocation(), "cannot be read", e);
        }
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
        byte[] bytes = new byte[Math.toIntExact(dataStart)];
        content.read(0, bytes, 0, bytes.length);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
