package org.djlsparse.cli.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names of the running JDK's classes, read from the {@code jrt:/} file system: a text corpus
 * that every machine has.
 */
public final class ClassNames {

    private static final String SUFFIX = ".class";
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]+");

    private ClassNames() {}

    /**
     * Lists the names.
     *
     * @return simple names, distinct and sorted; the same for the same JDK
     */
    public static List<String> list() {
        TreeSet<String> names = new TreeSet<>();
        Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
        try (Stream<Path> files = Files.walk(modules)) {
            files.map(file -> String.valueOf(file.getFileName()))
                    .filter(file -> file.endsWith(SUFFIX))
                    .forEach(file -> names.addAll(simpleNames(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("the JDK's class names cannot be read", e);
        }
        return List.copyOf(names);
    }

    /** Splits Outer$Inner into its names, without the numbers of anonymous and local classes. */
    static List<String> simpleNames(String file) {
        String binaryName = file.substring(0, file.length() - SUFFIX.length());
        List<String> names = new ArrayList<>();
        for (String name : binaryName.split("\\$", -1)) {
            if (NAME.matcher(name).matches()) {
                names.add(name);
            }
        }
        return names;
    }
}
