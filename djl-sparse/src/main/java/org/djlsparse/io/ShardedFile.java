package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The shards of a checkpoint as one file. They lie in the folder of their index, or below. The
 * index decides which tensors the file has, and where.
 */
final class ShardedFile extends WeightFile {

    private static final int NAMED_AT_MOST = 100;

    private final Map<String, String> metadata;
    private final List<SafetensorsFile> files = new ArrayList<>();
    private final List<TensorInfo> tensors = new ArrayList<>();
    private final List<Shard> shards = new ArrayList<>();
    private final Map<String, SafetensorsFile> fileOf = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private ShardedFile(Path path, Map<String, String> metadata) {
        super(path);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    static ShardedFile openFile(Path path) throws IOException {
        ShardIndex index = ShardIndex.read(path);
        return CloseAll.onFailure(
                new ShardedFile(path, index.metadata()),
                file -> {
                    file.openShards(index.weightMap());
                    return file;
                });
    }

    private void openShards(Map<String, String> weightMap) throws IOException {
        Map<String, Set<String>> byShard = new LinkedHashMap<>();
        weightMap.forEach(
                (tensor, shard) ->
                        byShard.computeIfAbsent(shard, s -> new LinkedHashSet<>()).add(tensor));
        for (Map.Entry<String, Set<String>> entry : byShard.entrySet()) {
            String name = entry.getKey();
            SafetensorsFile file = openShard(name);
            Set<String> missing = entry.getValue();
            List<TensorInfo> held = new ArrayList<>();
            List<String> elsewhere = new ArrayList<>();
            List<String> unknown = new ArrayList<>();
            for (TensorInfo tensor : file.getTensors()) {
                if (missing.remove(tensor.name())) {
                    held.add(tensor);
                    fileOf.put(tensor.name(), file);
                } else {
                    (weightMap.containsKey(tensor.name()) ? elsewhere : unknown).add(tensor.name());
                }
            }
            for (String tensor : missing) {
                throw WeightFileException.of(
                        getPath(), tensor, "is not in shard " + name + ", as the index says");
            }
            tensors.addAll(held);
            shards.add(new Shard(held, file.getMetadata()));
            warn(name, elsewhere, "which the index has elsewhere");
            warn(name, unknown, "which the index does not name");
        }
    }

    private SafetensorsFile openShard(String name) throws IOException {
        Path path = ShardIndex.shardPath(getPath(), name);
        if (!Files.isRegularFile(path)) {
            throw WeightFileException.of(getPath(), "shard " + name + ": no such file");
        }
        GitLfsPointer.refuse(path);
        SafetensorsFile file = SafetensorsFile.openFile(path);
        files.add(file);
        if (CompressedHeader.isCompressed(file)) {
            throw WeightFileException.of(
                    getPath(), "shard " + name + " is a compressed file: must be a plain one");
        }
        return file;
    }

    private void warn(String shard, List<String> names, String why) {
        if (!names.isEmpty()) {
            int more = names.size() - NAMED_AT_MOST;
            warnings.add(
                    getPath()
                            + ": shard "
                            + shard
                            + ": left out, "
                            + why
                            + ": \""
                            + String.join(
                                    "\", \"", more > 0 ? names.subList(0, NAMED_AT_MOST) : names)
                            + (more > 0 ? "\" and " + more + " more" : "\""));
        }
    }

    @Override
    public List<String> getWarnings() {
        return Collections.unmodifiableList(warnings);
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
