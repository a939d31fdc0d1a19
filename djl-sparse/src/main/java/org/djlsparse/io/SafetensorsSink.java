package org.djlsparse.io;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Writes the header of all tensors, then their data without gaps. */
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
            file.write(header);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        file.write(bytes, offset, length);
    }
}
