package org.djlsparse.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Several files that belong together. All are on the disk before the first takes its place. Files
 * that they make obsolete are deleted after the last has taken its place.
 */
final class ReplacementFiles implements Replacement {

    private final List<ReplacementFile> files = new ArrayList<>();
    private final Set<Path> obsolete;

    private ReplacementFiles(Set<Path> obsolete) {
        this.obsolete = obsolete;
    }

    /**
     * Creates the files.
     *
     * @param paths the files, in the order in which they take their places
     * @param obsolete files to delete, unless they are among {@code paths}
     */
    static ReplacementFiles create(List<Path> paths, Set<Path> obsolete) throws IOException {
        return CloseAll.onFailure(
                new ReplacementFiles(obsolete),
                all -> {
                    for (Path path : paths) {
                        all.files.add(ReplacementFile.create(path));
                    }
                    return all;
                });
    }

    /**
     * Creates the files of a checkpoint: its shards, which are named after the index, then the
     * index. The shards of an index that is there become obsolete.
     */
    static ReplacementFiles ofCheckpoint(Path index, int shards) throws IOException {
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            paths.add(index.resolveSibling(ShardIndex.shardName(index.toString(), i, shards)));
        }
        paths.add(index);
        return create(paths, ShardIndex.ownShards(index));
    }

    List<ReplacementFile> getFiles() {
        return Collections.unmodifiableList(files);
    }

    @Override
    public void sync() throws IOException {
        for (ReplacementFile file : files) {
            file.sync();
        }
    }

    @Override
    public void replace() throws IOException {
        List<ReplacementFile> placed = new ArrayList<>();
        try {
            for (ReplacementFile file : files) {
                file.replace();
                placed.add(file);
            }
        } catch (IOException e) {
            // Otherwise they could be taken for a part of the older files.
            for (ReplacementFile file : placed) {
                CloseAll.after(e, file::removeIfNew);
            }
            throw e;
        }
        for (Path path : obsolete) {
            deleteObsolete(path);
        }
    }

    private void deleteObsolete(Path path) throws IOException {
        try {
            for (ReplacementFile file : files) {
                // On some systems names that differ only in case are the same file.
                if (!Files.exists(path) || file.isAt(path)) {
                    return;
                }
            }
            Files.delete(path);
        } catch (IOException e) {
            throw new IOException(
                    path + ": is replaced, but cannot be deleted: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        CloseAll.of(files);
    }
}
