package org.djlsparse.it.docs;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that each block of Java in the documentation is part of an example or of a source file of
 * this package, apart from white space and comments. A line {@code ...} represents any lines of the
 * same file.
 */
class DocsCodeTest {

    private static final List<String> SOURCES =
            List.of(
                    "examples/src/main/java/org/djlsparse/examples",
                    "examples/embedder/src/main/java/org/djlsparse/embedder",
                    "integration-tests/src/test/java/org/djlsparse/it/docs");

    @Test
    void codeOfThePagesIsCompiledCode() throws IOException {
        List<String> sources = sources();
        List<String> missing = new ArrayList<>();
        int count = 0;
        for (MarkdownPage page : MarkdownPage.all()) {
            for (MarkdownPage.Block block : page.blocks()) {
                if (block.language().equals("java")) {
                    count++;
                    List<String> parts = parts(block.text());
                    if (sources.stream().noneMatch(source -> holds(source, parts))) {
                        missing.add(page + ", line " + block.line() + ": " + block.text());
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(count).isGreaterThan(15);
    }

    @Test
    void whiteSpaceAndCommentsDoNotCount() {
        String source = bare(List.of("a(b);", "/* c", "d */ e( // f", "  \"g // h\");", "i();"));

        assertThat(source).isEqualTo("a(b);e(\"g//h\");i();");
        assertThat(holds(source, parts(List.of("a(", "    b); // other", "", "e(\"g//h\");"))))
                .isTrue();
        assertThat(holds(source, parts(List.of("a(b);", "...", "i();")))).isTrue();
        assertThat(holds(source, parts(List.of("i();", "...", "a(b);")))).isFalse();
        assertThat(holds(source, parts(List.of("a(b);", "i();")))).isFalse();
        assertThat(holds(source, parts(List.of("a(c);")))).isFalse();
    }

    private static List<String> sources() throws IOException {
        List<String> sources = new ArrayList<>();
        for (String folder : SOURCES) {
            try (Stream<Path> files = Files.list(MarkdownPage.root().resolve(folder))) {
                for (Path file : files.sorted().toList()) {
                    sources.add(bare(Files.readAllLines(file)));
                }
            }
        }
        return sources;
    }

    /** Returns the code between the lines {@code ...}. */
    private static List<String> parts(List<String> block) {
        List<String> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        for (String line : block) {
            if (line.strip().equals("...")) {
                parts.add(bare(part));
                part.clear();
            } else {
                part.add(line);
            }
        }
        parts.add(bare(part));
        return parts;
    }

    /**
     * Returns code without comments and white space. Within a string, a comment would follow a
     * quote.
     */
    private static String bare(List<String> lines) {
        StringBuilder code = new StringBuilder();
        for (String line : lines) {
            code.append(line.replaceAll("(^|\\s)//[^\"]*$", "")).append('\n');
        }
        return code.toString().replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("\\s", "");
    }

    private static boolean holds(String source, List<String> parts) {
        int from = 0;
        for (String part : parts) {
            int at = source.indexOf(part, from);
            if (at < 0) {
                return false;
            }
            from = at + part.length();
        }
        return true;
    }
}
