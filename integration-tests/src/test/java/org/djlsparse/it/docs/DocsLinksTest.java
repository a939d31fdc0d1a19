package org.djlsparse.it.docs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests that links within the repository have existing targets. */
class DocsLinksTest {

    @TempDir Path folder;

    static List<MarkdownPage> pages() throws IOException {
        return MarkdownPage.all();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadSomewhere(MarkdownPage page) throws IOException {
        assertThat(deadLinks(page)).isEmpty();
    }

    @Test
    void thereAreLinksToCheck() throws IOException {
        assertThat(pages().stream().flatMap(page -> page.links().stream()))
                .hasSizeGreaterThan(50)
                .contains("docs/getting-started.md", "images/tile-exact.png");
    }

    @Test
    void deadLinksAreFound() throws IOException {
        Path path = folder.resolve("page.md");
        Files.writeString(
                path,
                """
                # One `heading`, twice
                # One `heading`, twice
                [a](#one-heading-twice) [b](#one-heading-twice-1) [c](page.md#one-heading-twice)
                [d](https://example.org/) `[e](code.md)` [f](#other) ![g](none.png) [h](page.md#x)

                    [i](indented.md)
                ```
                # no heading
                [j](fenced.md)
                ```
                [k](#no-heading)
                """);
        assertThat(deadLinks(MarkdownPage.read(path)))
                .containsExactly("#other", "none.png", "page.md#x", "#no-heading");
    }

    private static List<String> deadLinks(MarkdownPage page) throws IOException {
        List<String> dead = new ArrayList<>();
        for (String link : page.links()) {
            if (link.contains("://") || link.startsWith("mailto:")) {
                continue;
            }
            String[] parts = link.split("#", 2);
            Path target =
                    parts[0].isEmpty()
                            ? page.path()
                            : Objects.requireNonNull(page.path().getParent()).resolve(parts[0]);
            boolean there =
                    Files.exists(target)
                            && (parts.length == 1
                                    || MarkdownPage.read(target).anchors().contains(parts[1]));
            if (!there) {
                dead.add(link);
            }
        }
        return dead;
    }
}
