package org.djlsparse.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Several files that belong together. All are on the disk before the first takes its place. */
final class ReplacementFiles implements Replacement {

    private final List<ReplacementFile> files = new ArrayList<>();

    private ReplacementFiles() {}

    /** Creates them in the order in which they shall take their places. */
    static ReplacementFiles create(List<Path> paths) throws IOException {
        ReplacementFiles all = new ReplacementFiles();
        try {
            for (Path path : paths) {
                all.files.add(ReplacementFile.create(path));
            }
        } catch (IOException e) {
            try (all) {
                throw e;
            }
        }
        return all;
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
        for (ReplacementFile file : files) {
            file.replace();
        }
    }

    @Override
    public void close() throws IOException {
        CloseAll.of(files);
    }
}
