package org.djlsparse.io;

/** Text that files are made of: what is not Unicode could not be written as it was read. */
final class UnicodeText {

    private UnicodeText() {}

    /** Whether each surrogate has its other half, so that UTF-8 can say the text. */
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
