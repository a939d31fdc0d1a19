package org.djlsparse.cli.command;

import org.djlsparse.cli.InputException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes sure, before time is spent on training, that results can be written. */
final class OutputFolder {

    private OutputFolder() {}

    static Path create(Path folder) {
        return create(folder, "--output");
    }

    static Path create(Path folder, String option) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw notWritable(folder, option, e);
        }
        if (!Files.isWritable(folder)) {
            throw notWritable(folder, option, null);
        }
        return folder;
    }

    private static InputException notWritable(
            Path folder, String option, @Nullable IOException cause) {
        String message = option + " " + folder + ": must be a folder that can be written, is not";
        return cause == null ? new InputException(message) : new InputException(message, cause);
    }
}
