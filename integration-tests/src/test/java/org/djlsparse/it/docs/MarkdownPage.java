package org.djlsparse.it.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation, as GitHub renders it.
 *
 * @param path the file
 * @param blocks its fenced blocks
 * @param anchors the anchors that links to it may have after the {@code #}
 * @param links the targets of its links and images
 */
record MarkdownPage(Path path, List<Block> blocks, Set<String> anchors, List<String> links) {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");
    private static final Pattern HEADING = Pattern.compile("#{1,6} +(.*)");
    private static final String FENCE = "```";

    /**
     * A fenced block.
     *
     * @param language the text behind the fence
     * @param line the number of the fence's line, from 1 on
     * @param text its lines
     */
    record Block(String language, int line, List<String> text) {}

    /** Reads the pages at the root and those in the folder docs. */
    static List<MarkdownPage> all() throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String name : List.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md")) {
            paths.add(root().resolve(name));
        }
        try (Stream<Path> docs = Files.list(root().resolve("docs"))) {
            docs.filter(path -> path.toString().endsWith(".md")).sorted().forEach(paths::add);
        }
        List<MarkdownPage> pages = new ArrayList<>();
        for (Path path : paths) {
            pages.add(read(path));
        }
        return pages;
    }

    /** Returns the root folder of the repository, in whichever of its folders the tests run. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("not within the repository");
            }
        }
        return folder;
    }

    /** Reads a page. */
    static MarkdownPage read(Path path) throws IOException {
        List<Block> blocks = new ArrayList<>();
        Set<String> anchors = new LinkedHashSet<>();
        Map<String, Integer> headings = new HashMap<>();
        StringBuilder prose = new StringBuilder();
        Block open = null;
        int number = 0;
        for (String line : Files.readAllLines(path)) {
            number++;
            if (line.startsWith(FENCE)) {
                if (open == null) {
                    open = new Block(line.substring(3).strip(), number, new ArrayList<>());
                } else {
                    blocks.add(open);
                    open = null;
                }
            } else if (open != null) {
                open.text().add(line);
            } else if (!line.startsWith("    ")) { // an indented block
                Matcher heading = HEADING.matcher(line);
                if (heading.matches()) {
                    String anchor = anchorOf(heading.group(1));
                    int before = headings.merge(anchor, 1, Integer::sum) - 1;
                    anchors.add(before == 0 ? anchor : anchor + "-" + before);
                }
                prose.append(line).append('\n');
            }
        }
        if (open != null) {
            throw new IllegalStateException(path + ", line " + open.line() + ": block not closed");
        }
        List<String> links = new ArrayList<>();
        Matcher link = LINK.matcher(CODE.matcher(prose).replaceAll("code"));
        while (link.find()) {
            links.add(link.group(1));
        }
        return new MarkdownPage(path, blocks, anchors, links);
    }

    private static String anchorOf(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    @Override
    public String toString() {
        return root().relativize(path).toString();
    }
}
