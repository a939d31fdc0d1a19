package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of weights in which tensors that satisfy an N:M pattern are stored as kept values and
 * their indices. It reads like the file that was compressed: the same tensors, bit for bit, with
 * the same metadata. {@link Compressor} writes it.
 *
 * <p>It is a safetensors file. A tensor {@code w} is stored as {@code w.values} and {@code
 * w.indices}, for M = 4 with two bits for each value; {@code docs/format.md} specifies the format.
 * 2:4 takes 9/16 of the bytes for 16-bit values, and 17/32 for 32-bit values. A tensor that does
 * not satisfy the pattern is stored as it is.
 *
 * <p>Opening checks the description of the tensors and its checksum. The data of a tensor is
 * checked against its checksum while it is read.
 */
public final class CompressedFile extends WeightFile {

    static final String DAMAGED = "is damaged: its checksum does not match";

    private final SafetensorsFile file;
    private final CompressedHeader header;
    private final Map<String, StoredTensor> stored = new LinkedHashMap<>();
    private final Map<String, byte[]> checksums = new LinkedHashMap<>();

    /**
     * Creates a reader of an open file.
     *
     * @param file a {@linkplain CompressedHeader#isCompressed compressed} file
     */
    CompressedFile(SafetensorsFile file) throws IOException {
        super(file.getLocation());
        this.file = file;
        String location = getLocation();
        String version = file.getMetadata().get(CompressedHeader.VERSION_KEY);
        if (!CompressedHeader.VERSION.equals(version)) {
            throw WeightFileException.of(
                    location,
                    "is of version "
                            + version
                            + " of the compressed format: must be "
                            + CompressedHeader.VERSION);
        }
        List<TensorInfo> all = file.getTensors();
        if (all.isEmpty()) {
            throw WeightFileException.of(
                    location, "has no tensors: a compressed file has checksums");
        }
        List<TensorInfo> parts = all.subList(0, all.size() - 1);
        byte[] rows = readChecksums(all.get(all.size() - 1), all.size());
        for (int i = 0; i < parts.size(); i++) {
            checksums.put(
                    parts.get(i).name(),
                    Arrays.copyOfRange(rows, i * Sha256.BYTES, (i + 1) * Sha256.BYTES));
        }
        int last = parts.size() * Sha256.BYTES;
        MessageDigest digest = Sha256.newDigest();
        digest.update(file.readHeader());
        digest.update(rows, 0, last);
        if (!MessageDigest.isEqual(Arrays.copyOfRange(rows, last, rows.length), digest.digest())) {
            throw WeightFileException.of(location, DAMAGED);
        }
        header = CompressedHeader.parse(location, file.getMetadata(), parts);
        header.tensors().forEach(tensor -> stored.put(tensor.tensor().name(), tensor));
    }

    private byte[] readChecksums(TensorInfo tensor, int rows) throws IOException {
        long[] shape = {rows, Sha256.BYTES};
        if (!tensor.name().equals(CompressedHeader.CHECKSUM)
                || tensor.type() != ElementType.U8
                || !Arrays.equals(tensor.shape(), shape)) {
            throw WeightFileException.of(
                    getLocation(),
                    "its last tensor must be \""
                            + CompressedHeader.CHECKSUM
                            + "\", U8 of shape "
                            + Arrays.toString(shape));
        }
        try (InputStream in = file.newInputStream(tensor)) {
            return in.readAllBytes();
        }
    }

    /**
     * Opens a compressed file. {@link WeightFile#open} also opens compressed files, beside others.
     *
     * @param path the file, which ends in {@code .safetensors}
     * @return the file, to be closed
     * @throws WeightFileException if the file does not exist, cannot be read, is not compressed, is
     *     of a newer version of the format, or damaged
     */
    public static CompressedFile open(Path path) throws WeightFileException {
        FileFormat.SAFETENSORS.check(path);
        return CloseAll.onFailure(
                WeightFile.open(path),
                file -> {
                    if (file instanceof CompressedFile compressed) {
                        return compressed;
                    }
                    throw WeightFileException.of(
                            path,
                            "is not a compressed file: its metadata lacks \""
                                    + CompressedHeader.VERSION_KEY
                                    + "\"");
                });
    }

    @Override
    public boolean isCompressed() {
        return true;
    }

    @Override
    public long getSize() {
        return file.getSize();
    }

    /**
     * Returns the tensors of the file that was compressed.
     *
     * @return their descriptions, in that file's order
     */
    @Override
    public List<TensorInfo> getTensors() {
        return header.tensors().stream().map(StoredTensor::tensor).toList();
    }

    @Override
    public List<StoredTensor> getStoredTensors() {
        return Collections.unmodifiableList(header.tensors());
    }

    /**
     * Returns the metadata of the file that was compressed.
     *
     * @return its entries, in order
     */
    @Override
    public Map<String, String> getMetadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Returns the shards of the checkpoint that was compressed.
     *
     * @return the shards; empty if it was one file
     */
    @Override
    public List<Shard> getShards() {
        return Collections.unmodifiableList(header.shards());
    }

    /**
     * Starts to decompress a tensor. All processors take part. Memory is some bands of rows of 4
     * MiB, or single rows where they are longer.
     *
     * @param tensor one of {@link #getTensors()}
     * @return a stream of exactly {@link TensorInfo#getByteCount()} bytes, in row-major order,
     *     little-endian. Its {@code read} throws {@link WeightFileException} before the last byte
     *     if any byte of the tensor's data is damaged
     * @throws WeightFileException if the data cannot be read
     * @throws IllegalArgumentException if the file has no such tensor
     */
    @Override
    public InputStream newInputStream(TensorInfo tensor) throws WeightFileException {
        StoredTensor how = find(tensor);
        if (how.pattern() == null) {
            return new ChecksumInputStream(
                    getLocation(),
                    tensor,
                    file.newInputStream(how.tensor()),
                    checksum(how.tensor()),
                    DAMAGED);
        }
        return decompress(how, CompressedLayout.of(how.tensor(), how.pattern()), 0);
    }

    /**
     * Starts to decompress the transpose of a tensor, which is stored along the outputs.
     *
     * @param tensor one of {@link #getTensors()} that is stored both ways
     * @return a stream like that of {@link #newInputStream}, of the tensor {@code [in, out, k...]}
     * @throws WeightFileException if the data cannot be read
     * @throws IllegalArgumentException if the file has no such tensor, or does not store it both
     *     ways
     */
    public InputStream newTransposedInputStream(TensorInfo tensor) throws WeightFileException {
        StoredTensor how = find(tensor);
        if (how.pattern() == null || !how.bothWays()) {
            throw new IllegalArgumentException(
                    getLocation() + ": tensor \"" + tensor.name() + "\" is not stored both ways");
        }
        return decompress(how, CompressedLayout.of(how.tensor(), how.pattern()).transposed(), 2);
    }

    /** Includes the transpose, which decompressing alone does not read. */
    @Override
    void verify(TensorInfo tensor) throws IOException {
        for (TensorInfo part : find(tensor).getParts()) {
            try (InputStream in =
                    new ChecksumInputStream(
                            getLocation(),
                            part,
                            file.newInputStream(part),
                            checksum(part),
                            DAMAGED)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    private StoredTensor find(TensorInfo tensor) {
        StoredTensor how = stored.get(tensor.name());
        if (how == null) {
            throw noSuchTensor(tensor);
        }
        return how;
    }

    /** Decompresses the values and indices that are parts {@code first} and {@code first + 1}. */
    private InputStream decompress(StoredTensor how, CompressedLayout layout, int first) {
        TensorInfo values = how.getParts().get(first);
        TensorInfo indices = how.getParts().get(first + 1);
        return new CompressedInputStream(
                file,
                how.tensor().name(),
                layout,
                values,
                indices,
                new byte[][] {checksum(values), checksum(indices)});
    }

    private byte[] checksum(TensorInfo part) {
        byte[] checksum = checksums.get(part.name());
        if (checksum == null) {
            throw noSuchTensor(part);
        }
        return checksum;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
