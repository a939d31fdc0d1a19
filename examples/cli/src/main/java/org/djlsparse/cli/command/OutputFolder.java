package org.djlsparse.cli.command;

import org.djlsparse.cli.InputException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Creates output folders, before time is spent on results that could not be written. */
public final class OutputFolder {

    private OutputFolder() {}

    /**
     * Creates the folder of the option {@code --output}.
     *
     * @param folder the folder
     * @return the same folder
     * @throws InputException if it cannot be written
     */
    public static Path create(Path folder) {
        return create(folder, "output");
    }

    /** Creates the folder that a field names, or throws if it cannot be written. */
    static Path create(Path folder, String field) {
        IOException cause = null;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            cause = e;
        }
        if (cause != null || !Files.isWritable(folder)) {
            throw new InputException(
                    field, folder, "must be a folder that can be written, is not", cause);
        }
        return folder;
    }
}
