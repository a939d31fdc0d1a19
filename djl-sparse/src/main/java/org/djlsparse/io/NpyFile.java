package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A file of one array. */
final class NpyFile extends WeightFile {

    private final Path path;
    private final FileChannel channel;
    private final NpyHeader header;

    private NpyFile(Path path, FileChannel channel, NpyHeader header) {
        super(path.toString());
        this.path = path;
        this.channel = channel;
        this.header = header;
    }

    static NpyFile openFile(Path path) throws IOException {
        return CloseAll.onFailure(
                FileChannel.open(path, StandardOpenOption.READ), channel -> read(path, channel));
    }

    private static NpyFile read(Path path, FileChannel channel) throws IOException {
        long size = channel.size();
        String fileName = FileFormat.nameOf(path);
        String name =
                fileName.substring(0, fileName.length() - FileFormat.NPY.getExtension().length());
        NpyHeader header;
        try (InputStream in = new RegionInputStream(path, channel, 0, size)) {
            header = NpyHeader.read(path, name, in, size);
        }
        return new NpyFile(path, channel, header);
    }

    @Override
    public long getSize() throws IOException {
        return channel.size();
    }

    @Override
    public List<TensorInfo> getTensors() {
        return List.of(header.tensor());
    }

    @Override
    public InputStream newInputStream(TensorInfo tensor) throws WeightFileException {
        if (!tensor.name().equals(header.tensor().name())) {
            throw noSuchTensor(tensor);
        }
        if (header.fortranOrder()) {
            return FortranInputStream.of(path, channel, header.dataStart(), header.tensor());
        }
        return new RegionInputStream(path, channel, header.dataStart(), tensor.getByteCount());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
