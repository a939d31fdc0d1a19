package org.djlsparse.io;

/** Checks text: other text than Unicode could not be written as it was read. */
final class UnicodeText {

    private UnicodeText() {}

    /** Returns whether each surrogate has its other half, so that UTF-8 can encode the text. */
    static boolean isValid(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.isBmpCodePoint(text.codePointAt(i))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
