package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All shards of a checkpoint, seen as one file. They lie in the folder of their index. */
final class ShardedFile extends WeightFile {

    private final Map<String, String> metadata;
    private final List<SafetensorsFile> files = new ArrayList<>();
    private final List<TensorInfo> tensors = new ArrayList<>();
    private final List<Shard> shards = new ArrayList<>();
    private final Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();

    private ShardedFile(Path path, Map<String, String> metadata) {
        super(path);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    static ShardedFile openFile(Path path) throws IOException {
        ShardIndex index = ShardIndex.read(path);
        ShardedFile file = new ShardedFile(path, index.metadata());
        boolean done = false;
        try {
            file.openShards(index.weightMap());
            done = true;
            return file;
        } finally {
            if (!done) {
                file.close();
            }
        }
    }

    private void openShards(Map<String, String> weightMap) throws IOException {
        for (String name : new LinkedHashSet<>(weightMap.values())) {
            Path path = getPath().resolveSibling(name);
            if (!Files.isRegularFile(path)) {
                throw WeightFileException.of(getPath(), "shard " + name + ": no such file");
            }
            SafetensorsFile file = SafetensorsFile.openFile(path);
            files.add(file);
            if (CompressedFile.isCompressed(file)) {
                throw WeightFileException.of(
                        getPath(), "shard " + name + " is a compressed file: must be a plain one");
            }
            shards.add(new Shard(file.getTensors(), file.getMetadata()));
            for (TensorInfo tensor : file.getTensors()) {
                String expected = weightMap.get(tensor.name());
                if (!name.equals(expected)) {
                    throw WeightFileException.of(
                            getPath(),
                            tensor.name(),
                            "is in shard "
                                    + name
                                    + ", but the index "
                                    + (expected == null ? "lacks it" : "says " + expected));
                }
                tensors.add(tensor);
                fileOf.put(tensor.name(), file);
            }
        }
        Set<String> missing = new LinkedHashSet<>(weightMap.keySet());
        missing.removeAll(fileOf.keySet());
        for (String name : missing) {
            throw WeightFileException.of(
                    getPath(),
                    name,
                    "is not in shard " + weightMap.get(name) + ", as the index says");
        }
    }

    @Override
    public long getSize() throws IOException {
        long size = super.getSize();
        for (SafetensorsFile file : files) {
            size += file.getSize();
        }
        return size;
    }

    @Override
    public List<TensorInfo> getTensors() {
        return Collections.unmodifiableList(tensors);
    }

    @Override
    public Map<String, String> getMetadata() {
        return metadata;
    }

    @Override
    public List<Shard> getShards() {
        return Collections.unmodifiableList(shards);
    }

    @Override
    public InputStream newInputStream(TensorInfo tensor) {
        return fileOf(tensor).newInputStream(tensor);
    }

    @Override
    public boolean isRandomAccess() {
        return true;
    }

    @Override
    public void read(TensorInfo tensor, long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        fileOf(tensor).read(tensor, position, bytes, offset, length);
    }

    private SafetensorsFile fileOf(TensorInfo tensor) {
        SafetensorsFile file = fileOf.get(tensor.name());
        if (file == null) {
            throw noSuchTensor(tensor);
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        CloseAll.of(files);
    }
}
