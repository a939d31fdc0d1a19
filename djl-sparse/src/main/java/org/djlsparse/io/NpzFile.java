package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A zip file of {@code .npy} files. An entry's name without {@code .npy} is the tensor's name.
 * Other entries are opaque tensors under their whole names.
 */
final class NpzFile extends WeightFile {

    private static final String SUFFIX = FileFormat.NPY.getExtension();

    private final Path path;
    private final ZipFile zip;
    private final Map<String, Member> members;

    /** An entry and its header. */
    private record Member(ZipEntry entry, NpyHeader header) {}

    private NpzFile(Path path, ZipFile zip, Map<String, Member> members) {
        super(path.toString());
        this.path = path;
        this.zip = zip;
        this.members = members;
    }

    static NpzFile openFile(Path path) throws IOException {
        return CloseAll.onFailure(
                new ZipFile(path.toFile()), zip -> new NpzFile(path, zip, readMembers(path, zip)));
    }

    private static Map<String, Member> readMembers(Path path, ZipFile zip) throws IOException {
        Map<String, Member> members = new LinkedHashMap<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            NpyHeader header = readHeader(path, zip, entry);
            String name = header.tensor().name();
            if (members.put(name, new Member(entry, header)) != null) {
                throw WeightFileException.of(path, name, "appears twice");
            }
        }
        return members;
    }

    private static NpyHeader readHeader(Path path, ZipFile zip, ZipEntry entry)
            throws WeightFileException {
        String name = entry.getName();
        if (!name.endsWith(SUFFIX)) {
            TensorInfo whole =
                    TensorInfo.opaque(
                            name,
                            ElementType.OPAQUE_ENTRY,
                            entry.isDirectory() ? "folder" : "file",
                            entry.getSize(),
                            entry.getSize());
            return new NpyHeader(whole, false, 0);
        }
        name = name.substring(0, name.length() - SUFFIX.length());
        try (InputStream in = zip.getInputStream(entry)) {
            return NpyHeader.read(path, name, in, entry.getSize());
        } catch (IOException e) {
            throw WeightFileException.of(path, "tensor \"" + name + "\" is damaged", e);
        }
    }

    @Override
    public long getSize() throws IOException {
        return Files.size(path);
    }

    @Override
    public List<TensorInfo> getTensors() {
        List<TensorInfo> tensors = new ArrayList<>();
        members.values().forEach(member -> tensors.add(member.header.tensor()));
        return Collections.unmodifiableList(tensors);
    }

    @Override
    public boolean isDeflated() {
        return members.values().stream()
                .anyMatch(member -> member.entry.getMethod() == ZipEntry.DEFLATED);
    }

    @Override
    public InputStream newInputStream(TensorInfo tensor) throws WeightFileException {
        Member member = members.get(tensor.name());
        if (member == null) {
            throw noSuchTensor(tensor);
        }
        NpzInputStream in = new NpzInputStream(path, zip, member.entry, member.header);
        return member.header.fortranOrder() ? inRows(in, member.header.tensor()) : in;
    }

    /** Unpacks a column-major array to a temporary file, since zip entries are read forwards. */
    private InputStream inRows(NpzInputStream packed, TensorInfo tensor)
            throws WeightFileException {
        try (packed) {
            Path unpacked = Files.createTempFile("djl-sparse", ".bin");
            try {
                Files.copy(packed, unpacked, StandardCopyOption.REPLACE_EXISTING);
                try (FileChannel channel = FileChannel.open(unpacked, StandardOpenOption.READ)) {
                    return FortranInputStream.of(unpacked, channel, 0, tensor);
                }
            } finally {
                // The mapped file stays readable.
                Files.delete(unpacked);
            }
        } catch (IOException e) {
            throw WeightFileException.of(
                    path, "tensor \"" + tensor.name() + "\" cannot be unpacked", e);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
