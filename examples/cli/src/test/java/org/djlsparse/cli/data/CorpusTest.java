package org.djlsparse.cli.data;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class CorpusTest {

    @Test
    void keepsTheEndOfATextForValidation() {
        Corpus corpus = Corpus.ofText("aaaaaaaaab");

        assertThat(corpus.training()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(corpus.validation()).containsExactly(1);
        assertThat(corpus.vocabularySize()).isEqualTo(2);
    }

    @Test
    void countsACharacterBeyondTheBasicPlaneAsOne() {
        assertThat(Corpus.ofText("\ud83d\udc4d".repeat(10)).vocabularySize()).isEqualTo(1);
        assertThat(Corpus.ofText("aaaaaaaa\ud83d\udc4da").vocabularySize()).isEqualTo(2);
    }

    @Test
    void splitsNamesBySeed() {
        List<String> names = IntStream.range(100, 200).mapToObj(Integer::toString).toList();

        Corpus corpus = Corpus.ofNames(names, 1);

        assertThat(corpus.training()).hasSize(90 * 4);
        assertThat(corpus.validation()).hasSize(10 * 4);
        assertThat(Corpus.ofNames(names, 1).validation()).isEqualTo(corpus.validation());
        assertThat(Corpus.ofNames(names, 2).validation()).isNotEqualTo(corpus.validation());
    }
}
