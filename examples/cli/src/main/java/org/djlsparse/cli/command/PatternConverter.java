package org.djlsparse.cli.command;

import org.djlsparse.mask.NmPattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a pattern such as 2:4. */
final class PatternConverter implements ITypeConverter<NmPattern> {

    @Override
    public NmPattern convert(String value) {
        try {
            return NmPattern.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
