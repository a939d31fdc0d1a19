package org.djlsparse.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the Python literals of an {@code .npy} header: dictionaries with strings as keys, tuples
 * and lists, strings (whose escapes stay as they are), whole numbers, True and False.
 */
final class PythonLiteral {

    private static final int DEEPEST = 16;

    private static final char END = '\0';

    private final String text;
    private int position;
    private int depth;

    PythonLiteral(String text) {
        this.text = text;
    }

    /**
     * Reads the whole text.
     *
     * @return the values: {@code String}, {@code Long}, {@code Boolean}, {@code List} or {@code
     *     Map}
     * @throws IllegalArgumentException if the text is not a dictionary of such literals
     */
    Map<String, Object> readDictionary() {
        Map<String, Object> values = dictionary();
        if (peek() != END) {
            throw bad();
        }
        return values;
    }

    /** Returns the next character that is not white space. */
    private char peek() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
        return position < text.length() ? text.charAt(position) : END;
    }

    private boolean take(char wanted) {
        boolean there = peek() == wanted;
        position += there ? 1 : 0;
        return there;
    }

    private void expect(char wanted) {
        if (!take(wanted)) {
            throw bad();
        }
    }

    private Map<String, Object> dictionary() {
        Map<String, Object> values = new LinkedHashMap<>();
        expect('{');
        while (!take('}')) {
            String key = string();
            expect(':');
            if (values.put(key, value()) != null) {
                throw new IllegalArgumentException("header has \"" + key + "\" twice");
            }
            if (peek() != '}') {
                expect(',');
            }
        }
        return values;
    }

    private Object value() {
        if (++depth > DEEPEST) {
            throw bad();
        }
        char next = peek();
        Object value;
        if (next == '\'' || next == '"') {
            value = string();
        } else if (next == '(') {
            value = sequence('(', ')');
        } else if (next == '[') {
            value = sequence('[', ']');
        } else if (next == '{') {
            value = dictionary();
        } else if (takeWord("True")) {
            value = true;
        } else if (takeWord("False")) {
            value = false;
        } else {
            value = number();
        }
        depth--;
        return value;
    }

    private List<Object> sequence(char open, char close) {
        List<Object> values = new ArrayList<>();
        expect(open);
        while (!take(close)) {
            values.add(value());
            if (peek() != close) {
                expect(',');
            }
        }
        return values;
    }

    private String string() {
        char quote = peek();
        if (quote != '\'' && quote != '"') {
            throw bad();
        }
        int end = position + 1;
        while (end < text.length() && text.charAt(end) != quote) {
            end += text.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= text.length()) {
            throw bad();
        }
        String string = text.substring(position + 1, end);
        position = end + 1;
        return string;
    }

    private boolean takeWord(String word) {
        boolean there = text.startsWith(word, position);
        position += there ? word.length() : 0;
        return there;
    }

    private long number() {
        int start = position;
        while (position < text.length() && "-0123456789".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        String digits = text.substring(start, position);
        takeWord("L"); // as Python 2 wrote long numbers
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw digits.isEmpty()
                    ? bad()
                    : new IllegalArgumentException(
                            "header has " + digits + ": must be a whole number below 2^63");
        }
    }

    private IllegalArgumentException bad() {
        return new IllegalArgumentException(
                "header is not a Python dictionary, from character " + position + " on");
    }
}
