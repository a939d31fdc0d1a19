package org.djlsparse.examples.docs;

import ai.djl.engine.Engine;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class DocsGettingStartedTest {

    @Test
    void theProgramPrintsWhatThePageShows() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            GettingStarted.main(new String[0]);
        } finally {
            System.setOut(out);
        }

        MarkdownPage page =
                MarkdownPage.read(MarkdownPage.root().resolve("docs/getting-started.md"));
        List<String> shown =
                page.blocks().stream()
                        .filter(block -> block.language().equals("text"))
                        .map(block -> withoutNumbers(String.join("\n", block.text())))
                        .toList();
        assertThat(shown).containsExactly(withoutNumbers(bytes.toString(StandardCharsets.UTF_8)));
        assertThat(Files.size(Path.of("target", "getting-started", "sparse-0000.params")))
                .isPositive();
    }

    /** Percentages and times differ between machines. */
    private static String withoutNumbers(String text) {
        return text.strip().replaceAll("[0-9]+\\.[0-9]+", "0.0").replaceAll("\\s+", " ");
    }
}
