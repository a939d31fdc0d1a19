package org.djlsparse.cli.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A text as numbers, split into parts for training, validation and test.
 *
 * @param training the characters for training
 * @param validation the characters for validation, a tenth of those that are not for the test
 * @param test the characters for the test, a tenth of the text
 * @param vocabularySize the number of different characters
 */
@SuppressWarnings("ArrayRecordComponent") // large, never compared
public record Corpus(int[] training, int[] validation, int[] test, int vocabularySize) {

    private static final int PARTS = 10;

    /**
     * Creates a corpus of names, one per line.
     *
     * @param names the names
     * @param seed the seed of the split
     * @return the corpus
     */
    public static Corpus ofNames(List<String> names, long seed) {
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, new Random(seed));
        int test = shuffled.size() - shuffled.size() / PARTS;
        int validation = test - test / PARTS;
        return of(
                lines(shuffled.subList(0, validation)),
                lines(shuffled.subList(validation, test)),
                lines(shuffled.subList(test, names.size())));
    }

    /**
     * Creates a corpus of running text.
     *
     * @param text the text; its last tenth is for the test, the last tenth of the rest for
     *     validation
     * @return the corpus
     */
    public static Corpus ofText(String text) {
        int test = split(text, text.length() - text.length() / PARTS);
        int validation = split(text, test - test / PARTS);
        return of(
                text.substring(0, validation),
                text.substring(validation, test),
                text.substring(test));
    }

    /** Returns the index, or the one after it if a surrogate pair would be split. */
    private static int split(String text, int index) {
        return index < text.length() && Character.isLowSurrogate(text.charAt(index))
                ? index + 1
                : index;
    }

    private static Corpus of(String training, String validation, String test) {
        Vocabulary vocabulary = Vocabulary.of(training + validation + test);
        return new Corpus(
                vocabulary.encode(training),
                vocabulary.encode(validation),
                vocabulary.encode(test),
                vocabulary.size());
    }

    /**
     * Returns the characters of a training whose model the test measures.
     *
     * @return those for training and validation
     */
    public int[] trainingAndValidation() {
        int[] both = Arrays.copyOf(training, training.length + validation.length);
        System.arraycopy(validation, 0, both, training.length, validation.length);
        return both;
    }

    private static String lines(List<String> names) {
        return String.join("\n", names) + "\n";
    }
}
