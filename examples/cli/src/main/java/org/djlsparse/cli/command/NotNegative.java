package org.djlsparse.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a count that may be zero. */
final class NotNegative implements ITypeConverter<Integer> {

    @Override
    public Integer convert(String value) {
        int number;
        try {
            number = Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            number = -1;
        }
        if (number < 0) {
            throw new TypeConversionException("'" + value + "' must be a whole number, at least 0");
        }
        return number;
    }
}
