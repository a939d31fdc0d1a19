package org.djlsparse.cli.data;

import org.djlsparse.cli.InputException;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads text files. */
public final class TextFile {

    private TextFile() {}

    /**
     * Reads a file.
     *
     * @param file the file, in UTF-8
     * @return its text
     * @throws InputException if the file is missing, is not a regular file, is not UTF-8 or cannot
     *     be read
     */
    public static String read(Path file) {
        if (!Files.exists(file)) {
            throw new InputException("data", file, "no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new InputException("data", file, "must be a text file, is not a file");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new InputException("data", file, "must be text in UTF-8, is not", e);
        } catch (IOException e) {
            throw new InputException("data", file, "cannot be read: " + e.getMessage(), e);
        }
    }
}
