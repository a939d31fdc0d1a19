package org.djlsparse.cli.data;

/**
 * A text cut into windows of equal length, each with its targets: the characters that follow.
 *
 * @param count the number of windows
 * @param length the number of characters in each
 * @param inputs the characters that the model sees, window by window
 * @param targets for each of these the character that follows
 */
@SuppressWarnings("ArrayRecordComponent") // large, never compared
public record Windows(int count, int length, int[] inputs, int[] targets) {

    /**
     * Cuts a text, without a remainder that is shorter than a window.
     *
     * @param text the text
     * @param length the number of characters in each window
     * @return the windows, none if the text has at most that many characters
     */
    public static Windows cut(int[] text, int length) {
        int count = Math.max(0, text.length - 1) / length;
        int[] inputs = new int[count * length];
        int[] targets = new int[count * length];
        System.arraycopy(text, 0, inputs, 0, inputs.length);
        System.arraycopy(text, Math.min(1, text.length), targets, 0, targets.length);
        return new Windows(count, length, inputs, targets);
    }
}
