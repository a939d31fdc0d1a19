package org.djlsparse.cli.command;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a regular expression. */
final class RegexConverter implements ITypeConverter<Pattern> {

    @Override
    public Pattern convert(String value) {
        try {
            return Pattern.compile(value);
        } catch (PatternSyntaxException e) {
            // The message has a line that points at the place; the description has not.
            throw new TypeConversionException(
                    "'" + value + "' must be a regular expression: " + e.getDescription());
        }
    }
}
