package org.djlsparse.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a count. */
final class AtLeastOne implements ITypeConverter<Integer> {

    @Override
    public Integer convert(String value) {
        int number;
        try {
            number = Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            number = 0;
        }
        if (number < 1) {
            throw new TypeConversionException("'" + value + "' must be a whole number, at least 1");
        }
        return number;
    }
}
