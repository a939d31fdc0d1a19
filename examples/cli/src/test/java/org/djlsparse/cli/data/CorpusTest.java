package org.djlsparse.cli.data;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class CorpusTest {

    @Test
    void keepsTheEndOfATextForValidationAndTest() {
        Corpus corpus = Corpus.ofText("a".repeat(17) + "bbcc");

        assertThat(corpus.training()).hasSize(18).endsWith(0, 1);
        assertThat(corpus.validation()).containsExactly(1);
        assertThat(corpus.test()).containsExactly(2, 2);
        assertThat(corpus.trainingAndValidation()).hasSize(19).endsWith(0, 1, 1);
        assertThat(corpus.vocabularySize()).isEqualTo(3);
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

        assertThat(corpus.training()).hasSize(81 * 4);
        assertThat(corpus.validation()).hasSize(9 * 4);
        assertThat(corpus.test()).hasSize(10 * 4);
        assertThat(Corpus.ofNames(names, 1).test()).isEqualTo(corpus.test());
        assertThat(Corpus.ofNames(names, 2).test()).isNotEqualTo(corpus.test());
    }
}
