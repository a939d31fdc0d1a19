package org.djlsparse.embedder;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Sentences for training and for the comparison, without a sentence in common.
 *
 * @param heldOut the sentences of the comparison
 * @param training the sentences of the training; AdaPrune uses the first of them
 */
record Sentences(List<String> heldOut, List<String> training) {

    private static final int MIN_LENGTH = 20;

    /**
     * Splits sentences at random.
     *
     * @param all the sentences
     * @param heldOut the number of sentences of the comparison, at least 3
     * @param seed the seed
     * @throws IOException if there are not enough sentences for both parts
     */
    static Sentences split(Collection<String> all, int heldOut, long seed) throws IOException {
        List<String> shuffled = new ArrayList<>(new LinkedHashSet<>(all));
        if (shuffled.size() < 2 * heldOut) {
            throw new IOException(
                    "%d sentences: must be at least %d, twice the %d held out"
                            .formatted(shuffled.size(), 2 * heldOut, heldOut));
        }
        Collections.shuffle(shuffled, new Random(seed));
        return new Sentences(
                List.copyOf(shuffled.subList(0, heldOut)),
                List.copyOf(shuffled.subList(heldOut, shuffled.size())));
    }

    /**
     * Reads the English sentences of a text file in UTF-8. Short ones, below 20 characters, are
     * left out, and repeated ones count once.
     *
     * @throws IOException if the file cannot be read or is not text
     */
    static Set<String> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": must be a file with text");
        }
        String text;
        try {
            text = Files.readString(file).replaceAll("\\s+", " ");
        } catch (MalformedInputException e) {
            throw new IOException(file + ": must be text in UTF-8", e);
        }
        Set<String> sentences = new LinkedHashSet<>();
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ENGLISH);
        breaks.setText(text);
        int start = breaks.first();
        for (int end = breaks.next(); end != BreakIterator.DONE; end = breaks.next()) {
            String sentence = text.substring(start, end).strip();
            if (sentence.length() >= MIN_LENGTH) {
                sentences.add(sentence);
            }
            start = end;
        }
        return sentences;
    }
}
