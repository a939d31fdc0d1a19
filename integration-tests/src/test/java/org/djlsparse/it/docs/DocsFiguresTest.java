package org.djlsparse.it.docs;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests that the figures of the README are those of the page of benchmarks. */
class DocsFiguresTest {

    @Test
    void theReadmeRepeatsTheBenchmarks() throws IOException {
        String readme = Files.readString(MarkdownPage.root().resolve("README.md"));
        String section = readme.split("\n## Figures\n", 2)[1].split("\n## ", 2)[0];
        List<String> figures =
                Pattern.compile("[-+]?[0-9]+(\\.[0-9]+)? ± [0-9.]+|[0-9]+\\.[0-9]{2,}")
                        .matcher(section)
                        .results()
                        .map(MatchResult::group)
                        .toList();

        assertThat(figures).contains("+0.03 ± 0.07", "1.038").hasSizeGreaterThan(8);
        assertThat(Files.readString(MarkdownPage.root().resolve("docs/benchmarks.md")))
                .contains(figures);
    }
}
