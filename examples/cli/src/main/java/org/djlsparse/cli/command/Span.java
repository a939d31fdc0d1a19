package org.djlsparse.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A part of a training: a number of steps, or a share of all.
 *
 * @param value the number of steps, or the share in percent
 * @param percent whether it is a share
 */
record Span(double value, boolean percent) {

    private static final String SIGN = "%";

    /** Returns the share of a training of some steps. */
    double of(int steps) {
        return percent ? value / 100 : value / steps;
    }

    @Override
    public String toString() {
        String number = value == (long) value ? Long.toString((long) value) : "" + value;
        return number + (percent ? SIGN : "");
    }

    /** Reads {@code 500} or {@code 30%}. */
    static final class Converter implements ITypeConverter<Span> {

        @Override
        public Span convert(String text) {
            String trimmed = text.trim();
            try {
                if (trimmed.endsWith(SIGN)) {
                    double value = Double.parseDouble(trimmed.substring(0, trimmed.length() - 1));
                    if (value >= 0 && value <= 100) {
                        return new Span(value, true);
                    }
                } else {
                    int value = Integer.parseInt(trimmed);
                    if (value >= 0) {
                        return new Span(value, false);
                    }
                }
            } catch (NumberFormatException e) {
                // Reported below, as a number beyond the limits is.
            }
            throw new TypeConversionException(
                    "'"
                            + text
                            + "' must be a number of steps, at least 0, or a share from 0% to"
                            + " 100%");
        }
    }
}
