package org.djlsparse.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** The output of a program. */
final class ProgramOutput {

    private final String text;

    private ProgramOutput(String text) {
        this.text = text;
    }

    /** The main method of a program. */
    interface Program {
        void run(String[] args) throws Exception;
    }

    /** Runs a program and keeps what it prints to standard output. */
    static ProgramOutput of(Program program, String... args) throws Exception {
        PrintStream original = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            program.run(args);
        } finally {
            System.setOut(original);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        original.print(text);
        return new ProgramOutput(text);
    }

    String text() {
        return text;
    }

    /** Returns the number after a text that the program printed once. */
    double number(String before) {
        List<Double> numbers = numbers(Pattern.quote(before) + "\\s*(-?[0-9.]+(?:E-?[0-9]+)?)");
        assertThat(numbers).as("%s in: %s", before, text).hasSize(1);
        return numbers.get(0);
    }

    /** Returns what the group of a regular expression matches, as numbers. */
    List<Double> numbers(String regex) {
        return Pattern.compile(regex)
                .matcher(text)
                .results()
                .map(result -> Double.valueOf(result.group(1)))
                .toList();
    }

    /** Checks the lines that docs/examples.md shows of the program, numbers and spaces aside. */
    void checkPage(Class<?> program) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "examples.md"));
        Matcher block =
                Pattern.compile(
                                "(?s)\n## "
                                        + program.getSimpleName()
                                        + "\n((?!\n## ).)*?```text\n(.*?)```")
                        .matcher(page);
        assertThat(block.find()).as("a block of output of %s", program).isTrue();
        String printed = bare(text);
        int from = 0;
        for (String line : Objects.requireNonNull(block.group(2)).lines().toList()) {
            if (!line.strip().equals("...")) {
                int at = printed.indexOf(bare(line), from);
                assertThat(at).as("%s of the page in: %s", line, text).isNotNegative();
                from = at;
            }
        }
    }

    private static String bare(String text) {
        return text.replaceAll("[a-z]{8} -> [a-z]{8}", "word -> word")
                .replaceAll("[-+]?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?", "0")
                .replaceAll("\\s+", "");
    }
}
