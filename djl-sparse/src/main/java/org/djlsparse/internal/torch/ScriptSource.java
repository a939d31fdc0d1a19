package org.djlsparse.internal.torch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The sources of TorchScript modules. A module has one class, and classes have no base class but
 * {@code Module}, so that methods which modules share have files of their own.
 */
public final class ScriptSource {

    private static final String FIRST_LINE = "    training : bool\n";

    private ScriptSource() {}

    /**
     * Adds methods of other files to a class.
     *
     * @param owner a class in the package of the files
     * @param resource the name of the class's file
     * @param shared the names of the files with the other methods, each in a class of its own
     * @return the source of the class
     */
    static String join(Class<?> owner, String resource, String... shared) {
        StringBuilder source = new StringBuilder(read(owner, resource));
        for (String file : shared) {
            String text = read(owner, file);
            source.append(text.substring(text.indexOf(FIRST_LINE) + FIRST_LINE.length()));
        }
        return source.toString();
    }

    /**
     * Reads a source file.
     *
     * @param owner a class in the package of the file
     * @param file the file's name
     * @return the source
     * @throws IllegalArgumentException if there is no such file
     */
    public static String read(Class<?> owner, String file) {
        try (InputStream stream = owner.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalArgumentException(
                        "resource \"" + file + "\": not beside " + owner.getName());
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("resource \"" + file + "\": " + e.getMessage(), e);
        }
    }
}
