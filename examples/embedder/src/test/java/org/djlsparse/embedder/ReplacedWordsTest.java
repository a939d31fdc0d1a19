package org.djlsparse.embedder;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ReplacedWordsTest {

    @Test
    void replacesTheShareOfWordsByOthersOfTheBatch() throws IOException, TranslateException {
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            sentences.add("the number " + i + " is larger than nothing" + " at all".repeat(i % 3));
        }
        try (HuggingFaceTokenizer tokenizer = MiniLm.readTokenizer(32);
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            SentenceBatches whole = new SentenceBatches(tokenizer, sentences, 16, 20, 1);
            List<long[]> before = tokens(whole, manager);
            List<long[]> after = tokens(new ReplacedWords(whole, 0.25, 1), manager);

            assertThat(after).hasSameSizeAs(before);
            int words = 0;
            int replaced = 0;
            for (int i = 0; i < before.size(); i++) {
                long[] old = before.get(i);
                long[] changed = after.get(i);
                assertThat(changed).hasSameSizeAs(old);
                List<Long> pool = new ArrayList<>();
                for (long token : old) {
                    Collections.addAll(pool, token);
                }
                for (int j = 0; j < old.length; j++) {
                    assertThat(pool).contains(changed[j]);
                    if (old[j] <= 102) { // padding, start and end
                        assertThat(changed[j]).isEqualTo(old[j]);
                    } else {
                        words++;
                        replaced += changed[j] == old[j] ? 0 : 1;
                    }
                }
            }
            // Some are replaced by the same word.
            assertThat(replaced / (double) words).isBetween(0.18, 0.25);
            assertThat(tokens(new ReplacedWords(whole, 0.25, 1), manager))
                    .usingRecursiveComparison()
                    .isEqualTo(after);
        }
    }

    private static List<long[]> tokens(Dataset batches, NDManager manager)
            throws IOException, TranslateException {
        List<long[]> tokens = new ArrayList<>();
        for (Batch batch : batches.getData(manager)) {
            NDArray array = batch.getData().get(0);
            assertThat(batch.getData()).hasSize(2);
            assertThat(batch.getData().get(1).getShape()).isEqualTo(array.getShape());
            tokens.add(array.toLongArray());
            batch.close();
        }
        return tokens;
    }
}
