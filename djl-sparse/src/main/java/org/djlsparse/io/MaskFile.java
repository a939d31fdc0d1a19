package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Masks in a {@code .safetensors} file, with a few words on where they come from.
 *
 * <p>Each mask is a boolean tensor, true for an entry kept, of shape {@code [out, in]} or {@code
 * [out, in, taps]}. The file's metadata holds the version of this format, each mask's pattern and
 * the notes. A tensor of 32 bytes holds the SHA-256 of all that, so that a change of any bit is
 * found.
 *
 * @param notes whatever text is to be kept with the masks, by key
 * @param masks the masks by name, in order
 */
public record MaskFile(Map<String, String> notes, Map<String, Mask> masks) {

    private static final int VERSION = 1;
    private static final String VERSION_KEY = "djl-sparse.masks";
    private static final String PATTERN_PREFIX = "pattern.";
    private static final String NOTE_PREFIX = "note.";
    private static final String CHECKSUM = "djl-sparse.sha256";
    private static final int CHECKSUM_BYTES = 32;

    /** Creates the content of a file. */
    public MaskFile {
        notes = Collections.unmodifiableMap(new TreeMap<>(notes));
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
    }

    /**
     * Writes the file: all of it, or nothing.
     *
     * @param path the file; must end in {@code .safetensors}; one that is there is replaced
     * @throws WeightFileException if there can be no such file
     * @throws IOException if writing fails
     */
    public void write(Path path) throws IOException {
        checkExtension(path);
        List<TensorInfo> tensors = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(VERSION_KEY, String.valueOf(VERSION));
        notes.forEach((key, note) -> metadata.put(NOTE_PREFIX + key, note));
        masks.forEach(
                (name, mask) -> {
                    tensors.add(TensorInfo.of(name, ElementType.BOOL, dimensions(mask)));
                    metadata.put(PATTERN_PREFIX + name, mask.getPattern().toString());
                });
        tensors.add(TensorInfo.of(CHECKSUM, ElementType.U8, CHECKSUM_BYTES));
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, metadata, false)) {
            for (Mask mask : masks.values()) {
                byte[] bytes = bytes(mask);
                writer.write(bytes, 0, bytes.length);
            }
            writer.write(checksum(), 0, CHECKSUM_BYTES);
            writer.complete();
            writer.replace();
        }
    }

    /**
     * Reads a file.
     *
     * @param path the file
     * @return its content
     * @throws WeightFileException if it is not such a file, of a newer version, or damaged
     * @throws IOException if it cannot be read
     */
    public static MaskFile read(Path path) throws IOException {
        checkExtension(path);
        try (WeightFile file = WeightFile.open(path)) {
            checkVersion(path, file.getMetadata().get(VERSION_KEY));
            Map<String, String> notes = new TreeMap<>();
            file.getMetadata()
                    .forEach(
                            (key, value) -> {
                                if (key.startsWith(NOTE_PREFIX)) {
                                    notes.put(key.substring(NOTE_PREFIX.length()), value);
                                }
                            });
            Map<String, Mask> masks = new LinkedHashMap<>();
            byte[] checksum = {};
            for (TensorInfo tensor : file.getTensors()) {
                byte[] bytes = readAll(file, tensor);
                if (tensor.name().equals(CHECKSUM)) {
                    checksum = bytes;
                } else {
                    String pattern = file.getMetadata().get(PATTERN_PREFIX + tensor.name());
                    masks.put(tensor.name(), mask(path, tensor, pattern, bytes));
                }
            }
            MaskFile content = new MaskFile(notes, masks);
            if (!MessageDigest.isEqual(checksum, content.checksum())) {
                throw WeightFileException.of(path, "is damaged: its checksum does not match");
            }
            return content;
        }
    }

    private static void checkExtension(Path path) throws WeightFileException {
        if (FileFormat.of(path) != FileFormat.SAFETENSORS) {
            throw WeightFileException.of(path, "must end in .safetensors");
        }
    }

    private static void checkVersion(Path path, @Nullable String version)
            throws WeightFileException {
        if (version == null) {
            throw WeightFileException.of(
                    path, "is no file of masks: its metadata lacks \"" + VERSION_KEY + "\"");
        }
        if (!version.equals(String.valueOf(VERSION))) {
            throw WeightFileException.of(
                    path, "is of version " + version + " of the format: must be " + VERSION);
        }
    }

    private static byte[] readAll(WeightFile file, TensorInfo tensor) throws IOException {
        if (tensor.getByteCount() > Integer.MAX_VALUE - 8) {
            throw WeightFileException.of(
                    file.getPath(), tensor.name(), "a mask must have fewer than 2^31 entries");
        }
        try (InputStream in = file.newInputStream(tensor)) {
            return in.readNBytes((int) tensor.getByteCount());
        }
    }

    private static Mask mask(Path path, TensorInfo tensor, @Nullable String pattern, byte[] bytes)
            throws WeightFileException {
        int rank = tensor.shape().length;
        if (tensor.type() != ElementType.BOOL || rank < 2 || rank > 3 || pattern == null) {
            throw WeightFileException.of(
                    path,
                    tensor.name(),
                    "is no mask: must be BOOL, of two or three dimensions, with a pattern in the"
                            + " metadata");
        }
        boolean[] keep = new boolean[bytes.length];
        for (int i = 0; i < keep.length; i++) {
            keep[i] = bytes[i] != 0;
        }
        try {
            return Mask.of(WeightShape.of(tensor.shape()), NmPattern.parse(pattern), keep);
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(path, tensor.name(), String.valueOf(e.getMessage()));
        }
    }

    private static long[] dimensions(Mask mask) {
        WeightShape shape = mask.getShape();
        return shape.taps() == 1
                ? new long[] {shape.rows(), shape.columns()}
                : new long[] {shape.rows(), shape.columns(), shape.taps()};
    }

    private static byte[] bytes(Mask mask) {
        boolean[] keep = mask.toBooleanArray();
        byte[] bytes = new byte[keep.length];
        for (int i = 0; i < keep.length; i++) {
            bytes[i] = (byte) (keep[i] ? 1 : 0);
        }
        return bytes;
    }

    private byte[] checksum() throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        try (DataOutputStream out =
                new DataOutputStream(
                        new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
            out.writeInt(VERSION);
            out.writeInt(notes.size());
            for (Map.Entry<String, String> note : notes.entrySet()) {
                write(out, note.getKey());
                write(out, note.getValue());
            }
            for (Map.Entry<String, Mask> entry : masks.entrySet()) {
                Mask mask = entry.getValue();
                write(out, entry.getKey());
                write(out, mask.getPattern().toString());
                out.writeInt(mask.getShape().rows());
                out.writeInt(mask.getShape().columns());
                out.writeInt(mask.getShape().taps());
                out.write(bytes(mask));
            }
        }
        return digest.digest();
    }

    /** With its length, so that no two texts run into each other. */
    private static void write(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
