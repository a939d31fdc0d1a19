package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Tensors of several safetensors files as one file: of all shards of a checkpoint, which lie in the
 * folder of their index, or below, or of those that a planned shard takes its tensors from.
 */
final class ShardedFile extends WeightFile {

    private static final int NAMED_AT_MOST = 100;

    private final Map<String, String> metadata;
    private final List<WeightFile> files = new ArrayList<>();
    private final List<TensorInfo> tensors = new ArrayList<>();
    private final List<Shard> shards = new ArrayList<>();
    private final Map<String, WeightFile> fileOf = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private long indexSize;

    private ShardedFile(String location, Map<String, String> metadata) {
        super(location);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    /** Opens all shards of an index, which decides which tensors the file has, and where. */
    static ShardedFile openFile(InputFile file) throws IOException {
        ShardIndex index = ShardIndex.read(file);
        return CloseAll.onFailure(
                new ShardedFile(file.getLocation(), index.metadata()),
                sharded -> {
                    sharded.indexSize = index.size();
                    sharded.openShards(file, index.weightMap());
                    return sharded;
                });
    }

    /** Opens the files that hold the tensors of a planned shard. */
    static ShardedFile openShard(Shard shard, Function<TensorInfo, InputFile> files)
            throws WeightFileException {
        String location = files.apply(shard.tensors().get(0)).getLocation();
        try {
            return CloseAll.onFailure(
                    new ShardedFile(location, shard.metadata()),
                    sharded -> {
                        sharded.openFiles(shard.tensors(), files);
                        return sharded;
                    });
        } catch (IOException e) {
            throw WeightFileException.of(location, "cannot be read", e);
        }
    }

    private void openFiles(List<TensorInfo> wanted, Function<TensorInfo, InputFile> files)
            throws IOException {
        Map<String, WeightFile> open = new HashMap<>();
        for (TensorInfo tensor : wanted) {
            InputFile holder = files.apply(tensor);
            WeightFile file = open.get(holder.getLocation());
            if (file == null) {
                file = openSafetensors(holder);
                this.files.add(file);
                open.put(holder.getLocation(), file);
            }
            if (!file.getTensors().contains(tensor)) {
                throw WeightFileException.of(
                        holder.getLocation(), tensor.name(), "must be there as " + tensor);
            }
            fileOf.put(tensor.name(), file);
            tensors.add(tensor);
        }
    }

    private void openShards(InputFile index, Map<String, String> weightMap) throws IOException {
        Map<String, Set<String>> byShard = new LinkedHashMap<>();
        weightMap.forEach(
                (tensor, shard) ->
                        byShard.computeIfAbsent(shard, s -> new LinkedHashSet<>()).add(tensor));
        for (Map.Entry<String, Set<String>> entry : byShard.entrySet()) {
            String name = entry.getKey();
            WeightFile file = openShard(index, name);
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
                        getLocation(), tensor, "is not in shard " + name + ", as the index says");
            }
            tensors.addAll(held);
            shards.add(new Shard(held, file.getMetadata()));
            warn(name, elsewhere, "which the index has elsewhere");
            warn(name, unknown, "which the index does not name");
        }
    }

    private WeightFile openShard(InputFile index, String name) throws IOException {
        try {
            WeightFile file = openSafetensors(index.resolveSibling(name));
            files.add(file);
            return file;
        } catch (WeightFileException e) {
            throw WeightFileException.inShard(getLocation(), name, e);
        }
    }

    private void warn(String shard, List<String> names, String why) {
        if (!names.isEmpty()) {
            int more = names.size() - NAMED_AT_MOST;
            warnings.add(
                    getLocation()
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
    public String getLocation(TensorInfo tensor) {
        return fileOf(tensor).getLocation();
    }

    @Override
    public long getSize() throws IOException {
        long size = indexSize;
        for (WeightFile file : files) {
            size += file.getSize();
        }
        return size;
    }

    @Override
    public List<TensorInfo> getTensors() {
        return Collections.unmodifiableList(tensors);
    }

    @Override
    public List<StoredTensor> getStoredTensors() {
        Map<TensorInfo, StoredTensor> stored = new HashMap<>();
        for (WeightFile file : files) {
            file.getStoredTensors().forEach(tensor -> stored.put(tensor.tensor(), tensor));
        }
        return tensors.stream().map(stored::get).toList();
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
    public InputStream newInputStream(TensorInfo tensor) throws WeightFileException {
        return fileOf(tensor).newInputStream(tensor);
    }

    @Override
    public boolean isRandomAccess() {
        return files.stream().allMatch(WeightFile::isRandomAccess);
    }

    @Override
    public boolean isCompressed() {
        return files.stream().anyMatch(WeightFile::isCompressed);
    }

    @Override
    public void read(TensorInfo tensor, long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        fileOf(tensor).read(tensor, position, bytes, offset, length);
    }

    @Override
    void verify(TensorInfo tensor) throws IOException {
        fileOf(tensor).verify(tensor);
    }

    private WeightFile fileOf(TensorInfo tensor) {
        WeightFile file = fileOf.get(tensor.name());
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
