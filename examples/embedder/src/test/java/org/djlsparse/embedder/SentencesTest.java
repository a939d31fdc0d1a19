package org.djlsparse.embedder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SentencesTest {

    /** Takes two places in the class file's constant pool. */
    static final long LONG = 1L << 50;

    @Test
    void splitsWithoutACommonSentence() throws IOException {
        List<String> all = IntStream.range(0, 50).mapToObj(i -> "sentence " + i % 40).toList();
        Sentences sentences = Sentences.split(all, 10, 1);
        assertThat(sentences.heldOut())
                .hasSize(10)
                .doesNotContainAnyElementsOf(sentences.training());
        assertThat(sentences.training()).hasSize(30).doesNotHaveDuplicates();
        assertThat(Sentences.split(all, 10, 1)).isEqualTo(sentences);
        assertThat(Sentences.split(all, 10, 2)).isNotEqualTo(sentences);
        assertThatThrownBy(() -> Sentences.split(all, 21, 1))
                .isInstanceOf(IOException.class)
                .hasMessage("40 sentences: must be at least 42, twice the 21 held out");
    }

    @Test
    void readsSentencesOfAText(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("text.txt");
        Files.writeString(
                file,
                "It was the best of times.\nIt was\nthe worst of times. Oh no! It was the best of"
                        + " times. Is this the end of it all?\n");
        assertThat(Sentences.read(file))
                .containsExactly(
                        "It was the best of times.",
                        "It was the worst of times.",
                        "Is this the end of it all?");
        Files.write(file, "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Sentences.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("text.txt: must be text in UTF-8");
    }

    @Test
    void theJdkHasMessages() throws IOException {
        List<String> messages = JdkMessages.list();
        assertThat(messages).hasSizeGreaterThan(3000).doesNotHaveDuplicates().isSorted();
        assertThat(messages).allMatch(JdkMessages::isSentence);
    }

    @Test
    void readsTheTextsOfAClassFile() throws IOException {
        try (InputStream stream = SentencesTest.class.getResourceAsStream("SentencesTest.class")) {
            assertThat(stream).isNotNull();
            assertThat(JdkMessages.readConstants(stream.readAllBytes()))
                    .contains("a text of this class", "org/djlsparse/embedder/SentencesTest");
        }
    }

    @Test
    void knowsSentences() {
        assertThat(JdkMessages.withoutArguments("file ''{0}'' has  %s lines, {1,number}"))
                .isEqualTo("file has lines,");
        assertThat(JdkMessages.isSentence("The file cannot be read: no access.")).isTrue();
        assertThat(JdkMessages.isSentence("Too short a text")).isFalse();
        assertThat(JdkMessages.isSentence("java.lang.String java.util.List a.b.C d.E")).isFalse();
        assertThat(JdkMessages.isSentence("Die Datei l\u00e4sst sich nicht lesen")).isFalse();
    }
}
