package org.djlsparse.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a positive factor. */
final class AboveZero implements ITypeConverter<Float> {

    @Override
    public Float convert(String value) {
        float number;
        try {
            number = Float.parseFloat(value.trim());
        } catch (NumberFormatException e) {
            number = Float.NaN;
        }
        if (!(number > 0 && number < Float.POSITIVE_INFINITY)) {
            throw new TypeConversionException("'" + value + "' must be a number above 0");
        }
        return number;
    }
}
