package org.djlsparse.cli.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A text as numbers, split into training and validation parts.
 *
 * @param training the characters for training
 * @param validation the characters for validation, a tenth of the text
 * @param vocabularySize the number of different characters
 */
@SuppressWarnings("ArrayRecordComponent") // large, never compared
public record Corpus(int[] training, int[] validation, int vocabularySize) {

    private static final int PARTS = 10;

    /**
     * Creates a corpus of names, one per line.
     *
     * @param names the names
     * @param seed the seed of the choice of the tenth for validation
     * @return the corpus
     */
    public static Corpus ofNames(List<String> names, long seed) {
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, new Random(seed));
        int split = shuffled.size() - shuffled.size() / PARTS;
        return of(lines(shuffled.subList(0, split)), lines(shuffled.subList(split, names.size())));
    }

    /**
     * Creates a corpus of running text.
     *
     * @param text the text; its last tenth is for validation
     * @return the corpus
     */
    public static Corpus ofText(String text) {
        int split = text.length() - text.length() / PARTS;
        if (split < text.length() && Character.isLowSurrogate(text.charAt(split))) {
            split++;
        }
        return of(text.substring(0, split), text.substring(split));
    }

    private static Corpus of(String training, String validation) {
        Vocabulary vocabulary = Vocabulary.of(training + validation);
        return new Corpus(
                vocabulary.encode(training), vocabulary.encode(validation), vocabulary.size());
    }

    private static String lines(List<String> names) {
        return String.join("\n", names) + "\n";
    }
}
