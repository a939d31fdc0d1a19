package org.djlsparse.io;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Writes the header of all tensors, then their data without gaps. */
final class SafetensorsSink implements TensorSink {

    private final PositionedOutput file;
    private final byte[] header;
    private long position;

    SafetensorsSink(PositionedOutput file, List<TensorInfo> tensors, Map<String, String> metadata) {
        this.file = file;
        header = SafetensorsHeader.format(tensors, metadata);
    }

    @Override
    public void begin(TensorInfo tensor) throws IOException {
        if (position == 0) {
            write(header, 0, header.length);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        file.writeAt(position, bytes, offset, length);
        position += length;
    }
}
