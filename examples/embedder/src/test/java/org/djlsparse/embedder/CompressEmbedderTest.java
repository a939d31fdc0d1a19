package org.djlsparse.embedder;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;

import static org.assertj.core.api.Assertions.assertThat;

import picocli.CommandLine;

class CompressEmbedderTest {

    @Test
    void wrongOptionsAreNamed() {
        assertError(2, "embedder: --steps -1: must be 0 or more", "--steps", "-1");
        assertError(2, "--steps", "--steps", "many");
        assertError(2, "pattern \"half\": must be N:M, such as 2:4", "--pattern", "2:4,half");
        assertError(
                2,
                "embedder: --learning-rate 0.0: must be above 0 and at most 1",
                "--learning-rate",
                "0");
        assertError(2, "embedder: --held-out 2: must be 3 or more", "--held-out", "2");
        assertError(2, "'--sentences'", "--sentences", "5");
    }

    @Test
    void wrongFilesAreNamed() {
        assertError(1, "no-such-file.txt", "--text", "no-such-file.txt");
        assertError(1, "must be at least 1000000000, twice", "--held-out", "500000000");
    }

    private static void assertError(int code, String message, String... args) {
        CommandLine line = CompressEmbedder.newCommandLine();
        StringWriter errors = new StringWriter();
        line.setErr(new PrintWriter(errors, true));
        assertThat(line.execute(args)).isEqualTo(code);
        assertThat(errors.toString()).contains(message).hasLineCount(1);
    }
}
