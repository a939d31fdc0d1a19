package org.djlsparse.cli.data;

import java.util.Arrays;

/** The characters of a text, numbered from 0 in the order of their code points. */
public final class Vocabulary {

    private final int[] codePoints;

    private Vocabulary(int[] codePoints) {
        this.codePoints = codePoints;
    }

    /**
     * Creates the vocabulary of a text.
     *
     * @param text the text
     * @return the vocabulary
     */
    public static Vocabulary of(String text) {
        return new Vocabulary(text.codePoints().distinct().sorted().toArray());
    }

    /**
     * Returns the number of characters.
     *
     * @return the size
     */
    public int size() {
        return codePoints.length;
    }

    /**
     * Converts text to numbers.
     *
     * @param text a text of these characters
     * @return one number per character
     * @throws IllegalArgumentException if a character is not in the vocabulary
     */
    public int[] encode(String text) {
        return text.codePoints().map(this::number).toArray();
    }

    private int number(int codePoint) {
        int number = Arrays.binarySearch(codePoints, codePoint);
        if (number < 0) {
            throw new IllegalArgumentException(
                    "character \"" + Character.toString(codePoint) + "\": not in the vocabulary");
        }
        return number;
    }
}
