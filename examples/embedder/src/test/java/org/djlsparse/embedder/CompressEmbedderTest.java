package org.djlsparse.embedder;

import ai.djl.ndarray.NDManager;

import org.djlsparse.ModelWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

import picocli.CommandLine;

class CompressEmbedderTest {

    private static final VariantResult SPARSE =
            new VariantResult(
                    "2:4",
                    "adaprune",
                    new Similarity(0.5, 0.25, 0.125, 0.75),
                    true,
                    3_000_000,
                    2_000_000,
                    null,
                    1.5,
                    9);

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
    void wrongFilesAreNamed(@TempDir Path folder) throws IOException {
        assertError(1, "embedder: none.txt: must be a file with text", "--text", "none.txt");
        Path text = folder.resolve("text.txt");
        Files.writeString(text, "There are two sentences here. This is the second one.");
        assertError(
                1,
                "embedder: 2 sentences: must be at least 1000, twice the 500 held out",
                "--text",
                text.toString());
    }

    @Test
    void aStartWithoutThePatternIsRefused(@TempDir Path folder) throws IOException {
        Path dense = folder.resolve("dense.safetensors");
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            ModelWeights.write(CompressionTest.newEncoder(manager), dense);
        }
        String start = dense.toString();
        assertError(
                2,
                "embedder: --start none: must be a file of an earlier run",
                "--start=none",
                "--pattern=2:4");
        assertError(
                2,
                "embedder: --start " + start + ": must have the pattern 2:4 along rows and columns",
                "--start=" + start,
                "--pattern=2:4");
        assertError(2, "--start " + start + ": needs a single --pattern", "--start=" + start);
        assertError(
                2,
                "--start " + start + ": needs --steps, which are 0",
                "--start=" + start,
                "--steps=0");
    }

    @Test
    void resultsAreJson() {
        assertThat(CompressEmbedder.toJson(List.of(SPARSE)))
                .isEqualTo(
                        "[{\"pattern\":\"2:4\",\"method\":\"adaprune\",\"similarity\":{\"pearson\":"
                            + "0.5,\"spearman\":0.25,\"nearest\":0.125,\"cosine\":0.75},"
                            + "\"transposable\":true,\"bytes\":3000000,\"compressed_bytes\":2000000,"
                            + "\"dense_millis\":null,\"millis\":1.5,\"seconds\":9.0}]");
    }

    @Test
    void resultsAreRowsOfATable() {
        StringWriter text = new StringWriter();
        ResultTable table = new ResultTable(new PrintWriter(text));
        table.printHeader(new Sentences(List.of("a", "b", "c"), List.of("d")));
        table.print(SPARSE);
        List<String> lines = text.toString().lines().toList();
        assertThat(lines.get(0)).isEqualTo("3 sentences held out, 1 for training");
        assertThat(lines.get(1).split(" {2,}", -1))
                .startsWith("pattern", "method", "Pearson", "Spearman", "nearest", "cosine");
        assertThat(lines.get(2).split(" {2,}", -1))
                .containsExactly(
                        "2:4",
                        "adaprune",
                        "0.5000",
                        "0.2500",
                        "12.5%",
                        "0.7500",
                        "yes",
                        "3.0",
                        "2.0",
                        "1.50",
                        "9");
    }

    private static void assertError(int code, String message, String... args) {
        CommandLine line = CompressEmbedder.newCommandLine();
        StringWriter errors = new StringWriter();
        line.setErr(new PrintWriter(errors, true));
        assertThat(line.execute(args)).isEqualTo(code);
        assertThat(errors.toString()).contains(message).hasLineCount(1);
    }
}
