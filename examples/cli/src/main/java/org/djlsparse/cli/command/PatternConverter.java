package org.djlsparse.cli.command;

import org.djlsparse.mask.NmPattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a pattern such as 2:4. */
public final class PatternConverter implements ITypeConverter<NmPattern> {

    /** Creates a converter. */
    public PatternConverter() {}

    @Override
    public NmPattern convert(String value) {
        try {
            return NmPattern.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
