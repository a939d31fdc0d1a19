package org.djlsparse.cli.command;

import org.djlsparse.cli.Main;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Names that the system's encoding cannot represent. */
class EncodingTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "US-ASCII, a\u00e9\u0416b, a\\u00e9\\u0416b",
        "ISO-8859-1, a\u00e9\u0416b, a\u00e9\\u0416b",
        "UTF-8, a\u00e9\u0416\ud83d\ude00b, a\u00e9\u0416\ud83d\ude00b",
        "US-ASCII, \ud83d\ude00, \\ud83d\\ude00",
    })
    void whatIsNotInTheEncodingIsEscaped(Charset encoding, String text, String expected)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintWriter writer = new PrintWriter(new TerminalWriter(bytes, encoding))) {
            writer.print(text);
            for (int i = 0; i < text.length(); i++) { // pairs in two halves
                writer.print(text.charAt(i));
            }
        }
        assertThat(bytes.toString(encoding)).isEqualTo(expected + expected);
    }

    @Test
    void halfOfAPairIsEscaped() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TerminalWriter writer = new TerminalWriter(bytes, StandardCharsets.UTF_8)) {
            writer.write("\ud800a\udc00\ud800");
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("\\ud800a\\udc00\\ud800");
    }

    @Test
    void aPathThatWasLostIsNoPath() {
        Outcome outcome = Outcome.of("inspect", "a\ufffd.npz");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err().strip())
                .hasLineCount(1)
                .contains("cannot represent this name", "set LC_ALL=C.UTF-8");
    }

    /** A Java that starts in the POSIX locale. */
    private record Child(int exitCode, String output) {

        static Child of(String... args) throws IOException, InterruptedException {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Main.class.getName()));
            command.addAll(List.of(args));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "POSIX");
            builder.environment().put("OPT_OUT_TRACKING", "true");
            Process process = builder.start();
            byte[] output = process.getInputStream().readAllBytes();
            return new Child(process.waitFor(), new String(output, StandardCharsets.UTF_8));
        }
    }

    @Test
    void inThePosixLocaleNoNameBecomesAnother() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no POSIX system");
        assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"), "names are UTF-8 here");
        TensorInfo tensor = TensorInfo.of("w\u00e9", ElementType.F32, 1);
        Path plain =
                WeightFiles.write(folder.resolve("a.safetensors"), Map.of(tensor, new byte[4]));
        Path accent = Files.copy(plain, folder.resolve("\u00e9.safetensors"));
        Path index =
                Files.writeString(
                        folder.resolve("x.safetensors.index.json"),
                        "{\"weight_map\": {\"w\u00e9\": \"\u00e9.safetensors\"}}");

        Child shows = Child.of("inspect", plain.toString());
        assertThat(shows.exitCode()).as(shows.output).isZero();
        assertThat(shows.output).doesNotContain("?").containsPattern("w(\\\\u00e9|\u00e9) +F32");

        Child reads = Child.of("inspect", accent.toString());
        if (reads.exitCode != 0) { // newer Javas read the name
            assertThat(reads.exitCode).isEqualTo(2);
            assertThat(reads.output.strip()).hasLineCount(1).contains("cannot represent this name");
        }
        Child follows = Child.of("inspect", index.toString());
        if (follows.exitCode != 0) {
            assertThat(follows.exitCode).isEqualTo(2);
            assertThat(follows.output.strip()).hasLineCount(1).contains("cannot encode the name");
        }
        Child writes = Child.of("compress", plain.toString(), accent + ".safetensors");
        assertThat(writes.exitCode).isNotZero();
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(3);
        }
    }
}
