package org.djlsparse.embedder;

import com.google.protobuf.CodedOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes protocol buffer messages field by field. */
final class OnnxBytes {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    OnnxBytes number(int field, long value) {
        return write(out -> out.writeInt64(field, value));
    }

    OnnxBytes text(int field, String value) {
        return write(out -> out.writeString(field, value));
    }

    OnnxBytes bytes(int field, byte[] value) {
        return write(out -> out.writeByteArray(field, value));
    }

    OnnxBytes message(int field, OnnxBytes value) {
        return bytes(field, value.toByteArray());
    }

    OnnxBytes packed(int field, long... values) {
        return bytes(
                field,
                new OnnxBytes()
                        .write(
                                out -> {
                                    for (long value : values) {
                                        out.writeInt64NoTag(value);
                                    }
                                })
                        .toByteArray());
    }

    OnnxBytes floats(int field, float... values) {
        return bytes(
                field,
                new OnnxBytes()
                        .write(
                                out -> {
                                    for (float value : values) {
                                        out.writeFloatNoTag(value);
                                    }
                                })
                        .toByteArray());
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    private OnnxBytes write(Field field) {
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            field.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private interface Field {
        void writeTo(CodedOutputStream out) throws IOException;
    }
}
