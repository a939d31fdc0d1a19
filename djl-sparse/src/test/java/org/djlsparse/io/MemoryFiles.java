package org.djlsparse.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Files that exist in memory only, under URIs, and note what was read. */
final class MemoryFiles {

    private static final String ROOT = "memory://host/folder/";

    private final Map<String, byte[]> files = new LinkedHashMap<>();
    final List<String> opened = new ArrayList<>();
    long bytesRead;
    int open;

    /** Takes all files of a folder. */
    static MemoryFiles of(Path folder) throws IOException {
        MemoryFiles files = new MemoryFiles();
        try (Stream<Path> paths = Files.list(folder)) {
            for (Path path : paths.toList()) {
                files.files.put(ROOT + path.getFileName(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    InputFile file(String name) {
        return at(ROOT + name);
    }

    void put(String name, byte[] bytes) {
        files.put(ROOT + name, bytes);
    }

    InputFile at(String location) {
        return new InputFile() {
            @Override
            public String getLocation() {
                return location;
            }

            @Override
            public InputFile resolveSibling(String name) {
                return at(location.substring(0, location.lastIndexOf('/') + 1) + name);
            }

            @Override
            public PositionedReader open() throws IOException {
                byte[] bytes = files.get(location);
                if (bytes == null) {
                    throw new FileNotFoundException(location + ": no such file");
                }
                opened.add(location);
                return reader(bytes);
            }
        };
    }

    private PositionedReader reader(byte[] content) {
        open++;
        return new PositionedReader() {
            @Override
            public long getLength() {
                return content.length;
            }

            @Override
            public void read(long position, byte[] bytes, int offset, int length) {
                Objects.checkFromIndexSize(position, length, content.length);
                System.arraycopy(content, (int) position, bytes, offset, length);
                synchronized (MemoryFiles.this) {
                    bytesRead += length;
                }
            }

            @Override
            public void close() {
                open--;
            }
        };
    }
}
