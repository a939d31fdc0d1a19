package org.djlsparse.notebooks;

import org.djlsparse.notebooks.Notebook.Cell;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

import static org.assertj.core.api.Assertions.assertThat;

class NotebookTest {

    private static final Pattern LINK = Pattern.compile("\\]\\((?!https:)([^)#]+)(?:#([^)]+))?\\)");
    private static final Pattern IMAGE = Pattern.compile("base64,([^']+)'");

    @Test
    void areAllThere() {
        assertThat(Notebook.all().stream().map(Notebook::name))
                .containsExactly("adaprune.ipynb", "kotlin.ipynb", "masks.ipynb", "training.ipynb");
    }

    @TestFactory
    Stream<DynamicTest> run() {
        return each(inJava(), NotebookTest::run);
    }

    @TestFactory
    Stream<DynamicTest> areWithoutOutput() {
        return each(
                Notebook.all(),
                notebook -> {
                    for (Cell cell : notebook.code()) {
                        assertThat(cell.json().getAsJsonArray("outputs").asList())
                                .as("outputs of cell %d", cell.number())
                                .isEmpty();
                        assertThat(cell.json().get("execution_count").isJsonNull())
                                .as("no execution count of cell %d", cell.number())
                                .isTrue();
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> beginWithTheClassPath() {
        return each(
                inJava(),
                notebook -> {
                    List<Cell> code = notebook.code();
                    assertThat(code.get(0).isSkipped()).isTrue();
                    assertThat(code.get(0).source())
                            .contains("%dependency /add org.djlsparse:djl-sparse:")
                            .contains("%dependency /add org.djlsparse:djl-sparse-notebooks:");
                    assertThat(code.subList(1, code.size())).noneMatch(Cell::isSkipped);
                });
    }

    @TestFactory
    Stream<DynamicTest> endWithLinks() {
        return each(
                Notebook.all(),
                notebook -> {
                    assertThat(notebook.code()).hasSizeGreaterThan(5);
                    Cell last = notebook.cells().get(notebook.cells().size() - 1);
                    assertThat(last.isCode()).isFalse();
                    assertThat(last.source()).startsWith("## Where to go on");
                });
    }

    @TestFactory
    Stream<DynamicTest> linkToWhatIsThere() {
        return each(
                Notebook.all(),
                notebook -> {
                    Matcher links = LINK.matcher(notebook.text());
                    assertThat(links.results()).isNotEmpty();
                    links.reset();
                    while (links.find()) {
                        Path file = Path.of(links.group(1));
                        assertThat(file).exists();
                        if (links.group(2) != null) {
                            assertThat(anchors(file)).contains(links.group(2));
                        }
                    }
                });
    }

    /** Returns the notebooks in Java; Kotlin has no shell like Java's. */
    private static List<Notebook> inJava() {
        return Notebook.all().stream()
                .filter(notebook -> notebook.language().equals("java"))
                .toList();
    }

    private static Stream<DynamicTest> each(List<Notebook> notebooks, Consumer<Notebook> test) {
        return notebooks.stream()
                .map(
                        notebook ->
                                DynamicTest.dynamicTest(
                                        notebook.name(), () -> test.accept(notebook)));
    }

    private static void run(Notebook notebook) {
        try (JavaShell shell = new JavaShell()) {
            for (Cell cell : notebook.code()) {
                if (!cell.isSkipped()) {
                    System.out.println("-- " + notebook.name() + ", cell " + cell.number());
                    run(shell, cell);
                }
            }
        }
    }

    private static void run(JavaShell shell, Cell cell) {
        try {
            String value = shell.run(cell.source());
            boolean draws = Stream.of("Picture.", "BarChart(").anyMatch(cell.source()::contains);
            if (draws || value != null) {
                checkPictures(String.valueOf(value));
            }
        } catch (AssertionError | IOException e) {
            throw new AssertionError("cell " + cell.number() + ": " + e.getMessage(), e);
        }
    }

    /** Checks that pictures of a cell can be decoded and have more than one colour. */
    private static void checkPictures(String html) throws IOException {
        List<String> images = IMAGE.matcher(html).results().map(result -> result.group(1)).toList();
        assertThat(images).as("pictures in %s", html).isNotEmpty();
        for (String base64 : images) {
            byte[] png = Base64.getDecoder().decode(base64);
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
            int[] pixels =
                    image.getRGB(
                            0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
            assertThat(Arrays.stream(pixels).distinct().count()).isGreaterThan(3);
        }
    }

    /** Returns the anchors of a page's headings. */
    private static List<String> anchors(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith("#"))
                    .map(
                            line ->
                                    line.replaceFirst("#+ ", "")
                                            .toLowerCase(Locale.ROOT)
                                            .replaceAll("[^a-z0-9 -]", "")
                                            .replace(' ', '-'))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
