package org.djlsparse.internal.torch;

import org.djlsparse.torch.TorchArchive;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * TorchScript from several source files. A module has one class, and classes have no base class but
 * {@code Module}, so that methods which modules share have files of their own.
 */
final class ScriptSource {

    private static final String FIRST_LINE = "    training : bool\n";

    private ScriptSource() {}

    /**
     * Adds methods of other files to a class.
     *
     * @param name the name of the class's file in this package, without {@code .py}
     * @param others the names of the files with the other methods, each in a class of its own
     * @return the archive of the class
     */
    static TorchArchive join(String name, String... others) {
        StringBuilder source = new StringBuilder(read(name));
        for (String other : others) {
            String text = read(other);
            source.append(text.substring(text.indexOf(FIRST_LINE) + FIRST_LINE.length()));
        }
        return TorchArchive.of(source.toString());
    }

    private static String read(String name) {
        String file = name + ".py";
        try (InputStream stream = ScriptSource.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalArgumentException(
                        "resource \"" + file + "\": not in this package");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("resource \"" + file + "\": " + e.getMessage(), e);
        }
    }
}
