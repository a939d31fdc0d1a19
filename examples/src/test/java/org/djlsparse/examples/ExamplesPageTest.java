package org.djlsparse.examples;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class ExamplesPageTest {

    @Test
    void thePageHasASectionForEachProgram() throws IOException {
        List<String> headings =
                Files.readAllLines(Path.of("..", "docs", "examples.md")).stream()
                        .filter(line -> line.startsWith("## "))
                        .map(line -> line.substring(3) + ".java")
                        .toList();

        try (Stream<Path> files = Files.list(Path.of("src/main/java/org/djlsparse/examples"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .filteredOn(name -> !name.equals("package-info.java"))
                    .containsExactlyInAnyOrderElementsOf(headings);
        }
    }
}
