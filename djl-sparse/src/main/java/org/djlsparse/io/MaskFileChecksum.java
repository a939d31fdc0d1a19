package org.djlsparse.io;

import org.djlsparse.mask.Mask;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;

/**
 * The SHA-256 of the content of a {@link MaskFile}. Further tensors enter by their own SHA-256, so
 * that each can be checked alone when it is read again.
 */
final class MaskFileChecksum {

    private final MessageDigest digest = Sha256.newDigest();
    private final DataOutputStream out =
            new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest));

    /**
     * Creates a checksum of the notes and the masks.
     *
     * @param tensors the number of further tensors to be added
     */
    MaskFileChecksum(int version, MaskFile content, int tensors) throws IOException {
        out.writeInt(version);
        out.writeInt(content.notes().size());
        for (Map.Entry<String, String> note : content.notes().entrySet()) {
            write(note.getKey());
            write(note.getValue());
        }
        out.writeInt(content.masks().size());
        for (Map.Entry<String, Mask> entry : content.masks().entrySet()) {
            Mask mask = entry.getValue();
            write(entry.getKey());
            write(mask.getPattern().toString());
            out.writeInt(mask.getShape().rows());
            out.writeInt(mask.getShape().columns());
            out.writeInt(mask.getShape().taps());
            out.write(MaskFile.bytes(mask));
        }
        out.writeInt(tensors);
    }

    /** Adds a further tensor, by the SHA-256 of its data. */
    void add(TensorInfo tensor, byte[] dataChecksum) throws IOException {
        write(tensor.name());
        write(tensor.typeName());
        out.writeInt(tensor.shape().length);
        for (long dimension : tensor.shape()) {
            out.writeLong(dimension);
        }
        out.write(dataChecksum);
    }

    /** Returns the checksum, after which nothing can be added. */
    byte[] finish() {
        return digest.digest();
    }

    /** Writes a text with its length, so that different texts never give the same bytes. */
    private void write(String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
