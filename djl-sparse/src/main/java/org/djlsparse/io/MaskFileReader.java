package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A {@link MaskFile} on the disk, open for reading. Opening reads the whole file and compares its
 * checksum. A further tensor is read and compared again when its data is read, so that it may be
 * larger than the heap.
 */
public final class MaskFileReader implements AutoCloseable {

    private final WeightFile file;
    private final MaskFile content;
    private final List<TensorInfo> tensors = new ArrayList<>();
    private final Map<String, byte[]> checksums = new LinkedHashMap<>();

    private MaskFileReader(WeightFile file) throws IOException {
        this.file = file;
        String location = file.getLocation();
        Map<String, String> metadata = file.getMetadata();
        checkVersion(location, metadata.get(MaskFile.VERSION_KEY));
        Map<String, String> notes = new TreeMap<>();
        metadata.forEach(
                (key, value) -> {
                    if (key.startsWith(MaskFile.NOTE_PREFIX)) {
                        notes.put(key.substring(MaskFile.NOTE_PREFIX.length()), value);
                    }
                });
        Map<String, Mask> masks = new LinkedHashMap<>();
        byte[] expected = {};
        for (TensorInfo tensor : file.getTensors()) {
            String pattern = metadata.get(MaskFile.PATTERN_PREFIX + tensor.name());
            if (tensor.name().equals(MaskFile.CHECKSUM)) {
                expected = readAll(tensor);
            } else if (pattern != null) {
                masks.put(tensor.name(), readMask(tensor, pattern));
            } else {
                tensors.add(tensor);
            }
        }
        content = new MaskFile(notes, masks);
        MaskFileChecksum checksum = new MaskFileChecksum(MaskFile.VERSION, content, tensors.size());
        for (TensorInfo tensor : tensors) {
            byte[] own = checksum(tensor);
            checksum.add(tensor, own);
            checksums.put(tensor.name(), own);
        }
        if (!MessageDigest.isEqual(expected, checksum.finish())) {
            throw WeightFileException.of(location, "is damaged: its checksum does not match");
        }
    }

    /**
     * Opens and checks a file.
     *
     * @param path the file
     * @return the file, to be closed
     * @throws WeightFileException if it is not such a file, of a newer version, or damaged
     * @throws IOException if it cannot be read
     */
    public static MaskFileReader open(Path path) throws IOException {
        FileFormat.SAFETENSORS.check(path);
        return CloseAll.onFailure(WeightFile.open(path), MaskFileReader::new);
    }

    /**
     * Returns the masks and the notes.
     *
     * @return the content
     */
    public MaskFile getContent() {
        return content;
    }

    /**
     * Returns the further tensors.
     *
     * @return their descriptions, in the file's order; empty if there are none
     */
    public List<TensorInfo> getTensors() {
        return Collections.unmodifiableList(tensors);
    }

    /**
     * Reads a further tensor's data: its elements in row-major order, little-endian.
     *
     * @param tensor one of {@link #getTensors()}
     * @return a stream of exactly {@link TensorInfo#getByteCount()} bytes. The {@code read} that
     *     reaches the last byte throws {@link WeightFileException} if the file has changed since it
     *     was opened
     * @throws WeightFileException if the data cannot be read
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public InputStream newInputStream(TensorInfo tensor) throws WeightFileException {
        byte[] checksum = checksums.get(tensor.name());
        if (checksum == null) {
            throw file.noSuchTensor(tensor);
        }
        return new ChecksumInputStream(
                file.getLocation(),
                tensor,
                file.newInputStream(tensor),
                checksum,
                "changed while the file was being read");
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static void checkVersion(String location, @Nullable String version)
            throws WeightFileException {
        if (version == null) {
            throw WeightFileException.of(
                    location,
                    "is not a file of masks: its metadata lacks \"" + MaskFile.VERSION_KEY + "\"");
        }
        if (!version.equals(String.valueOf(MaskFile.VERSION))) {
            throw WeightFileException.of(
                    location,
                    "is of version " + version + " of the format: must be " + MaskFile.VERSION);
        }
    }

    private byte[] checksum(TensorInfo tensor) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        try (InputStream in = new DigestInputStream(file.newInputStream(tensor), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return digest.digest();
    }

    private byte[] readAll(TensorInfo tensor) throws IOException {
        if (tensor.getByteCount() > Integer.MAX_VALUE - 8) {
            throw WeightFileException.of(
                    file.getLocation(), tensor.name(), "a mask must have fewer than 2^31 entries");
        }
        try (InputStream in = file.newInputStream(tensor)) {
            return in.readNBytes((int) tensor.getByteCount());
        }
    }

    private Mask readMask(TensorInfo tensor, String pattern) throws IOException {
        int rank = tensor.shape().length;
        if (tensor.type() != ElementType.BOOL || rank < 2 || rank > 3) {
            throw WeightFileException.of(
                    file.getLocation(),
                    tensor.name(),
                    "is not a mask: must be BOOL, of two or three dimensions");
        }
        byte[] bytes = readAll(tensor);
        boolean[] keep = new boolean[bytes.length];
        for (int i = 0; i < keep.length; i++) {
            if (bytes[i] != 0 && bytes[i] != 1) {
                throw WeightFileException.of(
                        file.getLocation(),
                        tensor.name(),
                        "is not a mask: entry " + i + " is " + bytes[i] + ", must be 0 or 1");
            }
            keep[i] = bytes[i] == 1;
        }
        try {
            return Mask.of(WeightShape.of(tensor.shape()), NmPattern.parse(pattern), keep);
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(
                    file.getLocation(), tensor.name(), String.valueOf(e.getMessage()));
        }
    }
}
