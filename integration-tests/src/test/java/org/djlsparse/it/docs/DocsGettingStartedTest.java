package org.djlsparse.it.docs;

import ai.djl.engine.Engine;

import org.djlsparse.examples.GettingStarted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class DocsGettingStartedTest {

    @RegisterExtension final CapturedOutput output = new CapturedOutput();

    @Test
    void theProgramPrintsWhatThePageShows() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        GettingStarted.main(new String[0]);

        MarkdownPage page =
                MarkdownPage.read(MarkdownPage.root().resolve("docs/getting-started.md"));
        List<String> shown =
                page.blocks().stream()
                        .filter(block -> block.language().equals("text"))
                        .map(block -> withoutNumbers(String.join("\n", block.text())))
                        .toList();
        assertThat(shown).containsExactly(withoutNumbers(output.text()));
        assertThat(Files.size(Path.of("target", "getting-started", "sparse-0000.params")))
                .isPositive();
    }

    /** Removes numbers, because percentages and times differ between machines. */
    private static String withoutNumbers(String text) {
        return text.strip().replaceAll("[0-9]+\\.[0-9]+", "0.0").replaceAll("\\s+", " ");
    }
}
