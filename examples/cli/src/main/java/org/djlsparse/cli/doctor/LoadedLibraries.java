package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The native libraries of this process, which Linux lists. */
final class LoadedLibraries {

    private static final Path MAPS = Path.of("/proc/self/maps");

    private LoadedLibraries() {}

    /**
     * Finds a library that is loaded.
     *
     * @param prefix the start of its file name
     * @return its path; null if it is not loaded, or on systems other than Linux
     */
    static @Nullable String find(String prefix) {
        if (!Files.isReadable(MAPS)) {
            return null;
        }
        try (Stream<String> lines = Files.lines(MAPS)) {
            return find(lines, prefix);
        } catch (IOException e) {
            return null;
        }
    }

    /** Finds a library in lines such as {@code 7f00-7f10 r--p 00000000 08:01 42 /lib/libc.so.6}. */
    static @Nullable String find(Stream<String> lines, String prefix) {
        return lines.map(line -> line.split(" +", 6))
                .filter(columns -> columns.length == 6)
                .map(columns -> columns[5])
                .filter(path -> path.startsWith("/"))
                .filter(path -> path.startsWith(prefix, path.lastIndexOf('/') + 1))
                .findFirst()
                .orElse(null);
    }
}
