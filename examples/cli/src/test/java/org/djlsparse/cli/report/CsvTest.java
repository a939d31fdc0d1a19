package org.djlsparse.cli.report;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class CsvTest {

    @TempDir Path folder;

    @Test
    void quotesWhatNeedsIt() throws IOException {
        Path file = folder.resolve("table.csv");
        try (Csv csv = new Csv(file, "name", "value")) {
            csv.row("plain", 0.5);
            csv.row("a, b", null);
            csv.row("say \"no\"", "two\nlines");
        }

        assertThat(Files.readString(file))
                .isEqualTo(
                        "name,value\n"
                                + "plain,0.5\n"
                                + "\"a, b\",\n"
                                + "\"say \"\"no\"\"\",\"two\nlines\"\n");
    }
}
