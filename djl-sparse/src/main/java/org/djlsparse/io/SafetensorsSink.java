package org.djlsparse.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/** Writes the header of all tensors before the first, then their data without gaps. */
final class SafetensorsSink implements TensorSink {

    private final ReplacementFile file;
    private final byte[] header;

    SafetensorsSink(ReplacementFile file, List<TensorInfo> tensors, Map<String, String> metadata) {
        this.file = file;
        header = SafetensorsHeader.format(tensors, metadata);
    }

    @Override
    public void begin(TensorInfo tensor) throws IOException {
        if (file.position() == 0) {
            file.write(
                    ByteBuffer.allocate(SafetensorsFile.LENGTH_BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(header.length)
                            .array());
            file.write(header);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        file.write(bytes, offset, length);
    }
}
