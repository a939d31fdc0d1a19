package org.djlsparse.cli.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A text as numbers, in a part to train on and a part to validate on.
 *
 * @param training the characters to train on
 * @param validation the characters to validate on, a tenth
 * @param vocabularySize how many different characters there are
 */
@SuppressWarnings("ArrayRecordComponent") // large, handed over once, never compared
public record Corpus(int[] training, int[] validation, int vocabularySize) {

    private static final int PARTS = 10;

    /**
     * Creates a corpus of names, one a line.
     *
     * @param names the names
     * @param seed decides which tenth of the names is for validation
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
     * @param text the text; its end is for validation
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
