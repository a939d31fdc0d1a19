package org.djlsparse.cli.data;

/** A baseline for language models: predicts a character from the previous one, by counts. */
public final class BigramModel {

    private final int[][] counts;
    private final int[] totals;

    /**
     * Counts the pairs of characters in a text.
     *
     * @param text the text
     * @param vocabularySize the number of different characters
     */
    public BigramModel(int[] text, int vocabularySize) {
        counts = new int[vocabularySize][vocabularySize];
        totals = new int[vocabularySize];
        for (int i = 1; i < text.length; i++) {
            counts[text[i - 1]][text[i]]++;
            totals[text[i - 1]]++;
        }
    }

    /**
     * Measures the model on a text. Each pair counts once more than seen, so that none has
     * probability zero.
     *
     * @param text a text of at least two characters
     * @return the cross-entropy in bits per character
     */
    public double bitsPerCharacter(int[] text) {
        double nats = 0;
        for (int i = 1; i < text.length; i++) {
            int before = text[i - 1];
            nats -= Math.log((counts[before][text[i]] + 1.0) / (totals[before] + totals.length));
        }
        return nats / Math.log(2) / (text.length - 1);
    }
}
