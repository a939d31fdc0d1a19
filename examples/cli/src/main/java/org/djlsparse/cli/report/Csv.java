package org.djlsparse.cli.report;

import org.jspecify.annotations.Nullable;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a table of comma-separated values in UTF-8, as RFC 4180 has it but for plain line ends.
 */
final class Csv implements AutoCloseable {

    private final BufferedWriter writer;

    Csv(Path file, String... header) throws IOException {
        writer = Files.newBufferedWriter(file);
        row((Object[]) header);
    }

    /** Writes a row; null is an empty field. */
    void row(@Nullable Object... fields) throws IOException {
        for (int i = 0; i < fields.length; i++) {
            writer.write(i == 0 ? "" : ",");
            writer.write(fields[i] == null ? "" : quoted(String.valueOf(fields[i])));
        }
        writer.write('\n');
    }

    private static String quoted(String field) {
        boolean plain =
                field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
