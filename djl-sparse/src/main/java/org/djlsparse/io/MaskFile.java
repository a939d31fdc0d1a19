package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.WeightShape;

import java.io.IOException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Masks in a {@code .safetensors} file, with notes on their origin, and optional further tensors.
 *
 * <p>Each mask is a boolean tensor, true for kept entries, of shape {@code [out, in]} or {@code
 * [out, in, taps]}. The file's metadata holds the version of this format, each mask's pattern and
 * the notes. A tensor of 32 bytes holds the SHA-256 of all of this and of the further tensors, so
 * that a change of any bit is found.
 *
 * @param notes text to keep with the masks, by key
 * @param masks the masks by name, in order
 */
public record MaskFile(Map<String, String> notes, Map<String, Mask> masks) {

    static final int VERSION = 1;
    static final String VERSION_KEY = "djl-sparse.masks";
    static final String PATTERN_PREFIX = "pattern.";
    static final String NOTE_PREFIX = "note.";
    static final String CHECKSUM = "djl-sparse.sha256";

    /** Creates the content of a file. */
    public MaskFile {
        notes = Collections.unmodifiableMap(new TreeMap<>(notes));
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
    }

    /**
     * Writes the file. An error leaves no half-written file.
     *
     * @param path the file; must end in {@code .safetensors}; a file that is there is replaced
     * @throws WeightFileException if the file cannot be written there
     * @throws IOException if writing fails
     */
    public void write(Path path) throws IOException {
        write(path, List.of());
    }

    /**
     * Writes the file with further tensors, which are not collected in memory. An error leaves no
     * half-written file.
     *
     * @param path the file; must end in {@code .safetensors}; a file that is there is replaced
     * @param tensors the further tensors, with names that no mask has
     * @throws WeightFileException if the file cannot be written there
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if a name is used twice, or a source writes more bytes or
     *     fewer than its tensor has
     */
    public void write(Path path, List<TensorSource> tensors) throws IOException {
        FileFormat.SAFETENSORS.check(path);
        List<TensorInfo> all = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(VERSION_KEY, String.valueOf(VERSION));
        notes.forEach((key, note) -> metadata.put(NOTE_PREFIX + key, note));
        masks.forEach(
                (name, mask) -> {
                    all.add(TensorInfo.of(name, ElementType.BOOL, dimensions(mask)));
                    metadata.put(PATTERN_PREFIX + name, mask.getPattern().toString());
                });
        tensors.forEach(source -> all.add(source.tensor()));
        all.add(TensorInfo.of(CHECKSUM, ElementType.U8, Sha256.BYTES));
        try (WeightFileWriter writer = WeightFileWriter.create(path, all, metadata, false)) {
            for (Mask mask : masks.values()) {
                byte[] bytes = bytes(mask);
                writer.write(bytes, 0, bytes.length);
            }
            MaskFileChecksum checksum = new MaskFileChecksum(VERSION, this, tensors.size());
            for (TensorSource source : tensors) {
                checksum.add(source.tensor(), copy(source, writer));
            }
            writer.write(checksum.finish(), 0, Sha256.BYTES);
            writer.complete();
            writer.replace();
        }
    }

    /**
     * Reads the masks and notes of a file. Further tensors are checked, but only {@link
     * MaskFileReader} returns them.
     *
     * @param path the file
     * @return its content
     * @throws WeightFileException if it is not a file of masks, of a newer version, or damaged
     * @throws IOException if it cannot be read
     */
    public static MaskFile read(Path path) throws IOException {
        try (MaskFileReader reader = MaskFileReader.open(path)) {
            return reader.getContent();
        }
    }

    /** Copies a tensor, and returns the SHA-256 of its data. */
    private static byte[] copy(TensorSource source, WeightFileWriter writer) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        writer.write(
                new TensorSource(
                        source.tensor(),
                        out -> source.data().writeTo(new DigestOutputStream(out, digest))));
        return digest.digest();
    }

    private static long[] dimensions(Mask mask) {
        WeightShape shape = mask.getShape();
        return shape.taps() == 1
                ? new long[] {shape.rows(), shape.columns()}
                : new long[] {shape.rows(), shape.columns(), shape.taps()};
    }

    static byte[] bytes(Mask mask) {
        boolean[] keep = mask.toBooleanArray();
        byte[] bytes = new byte[keep.length];
        for (int i = 0; i < keep.length; i++) {
            bytes[i] = (byte) (keep[i] ? 1 : 0);
        }
        return bytes;
    }
}
