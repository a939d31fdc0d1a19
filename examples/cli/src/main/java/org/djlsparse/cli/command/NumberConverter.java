package org.djlsparse.cli.command;

import java.util.function.Function;
import java.util.function.Predicate;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number within limits. */
public abstract class NumberConverter<T extends Number> implements ITypeConverter<T> {

    private final Function<String, T> parser;
    private final Predicate<T> valid;
    private final String limits;

    NumberConverter(Function<String, T> parser, Predicate<T> valid, String limits) {
        this.parser = parser;
        this.valid = valid;
        this.limits = limits;
    }

    @Override
    public final T convert(String value) {
        try {
            T number = parser.apply(value.trim());
            if (valid.test(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Reported below, as a number beyond the limits is.
        }
        throw new TypeConversionException("'" + value + "' must be " + limits);
    }

    /** Reads a count. */
    public static final class AtLeastOne extends NumberConverter<Integer> {

        /** Creates a converter. */
        public AtLeastOne() {
            super(Integer::valueOf, number -> number >= 1, "a whole number, at least 1");
        }
    }

    /** Reads a count that may be zero. */
    static final class NotNegative extends NumberConverter<Integer> {

        NotNegative() {
            super(Integer::valueOf, number -> number >= 0, "a whole number, at least 0");
        }
    }

    /** Reads a weight in a sum of two parts. */
    static final class UpToOne extends NumberConverter<Float> {

        UpToOne() {
            super(
                    Float::valueOf,
                    number -> number > 0 && number <= 1,
                    "a number above 0 and at most 1");
        }
    }

    /** Reads a share of a whole, less than all of it. */
    public static final class BelowOne extends NumberConverter<Float> {

        /** Creates a converter. */
        public BelowOne() {
            super(
                    Float::valueOf,
                    number -> number >= 0 && number < 1,
                    "a number from 0 on, less than 1");
        }
    }

    /** Reads a factor that may be zero. */
    static final class ZeroOrMore extends NumberConverter<Float> {

        ZeroOrMore() {
            super(
                    Float::valueOf,
                    number -> number >= 0 && number < Float.POSITIVE_INFINITY,
                    "a number, at least 0");
        }
    }

    /** Reads a positive factor. */
    public static final class AboveZero extends NumberConverter<Float> {

        /** Creates a converter. */
        public AboveZero() {
            super(
                    Float::valueOf,
                    number -> number > 0 && number < Float.POSITIVE_INFINITY,
                    "a number above 0");
        }
    }
}
