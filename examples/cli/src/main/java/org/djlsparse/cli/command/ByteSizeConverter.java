package org.djlsparse.cli.command;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes, with the decimal units of Hugging Face's {@code max_shard_size}. */
public final class ByteSizeConverter implements ITypeConverter<Long> {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,12})(|KB|MB|GB|TB)");
    private static final String UNITS = "KMGT";

    /** Creates a converter. */
    public ByteSizeConverter() {}

    @Override
    public Long convert(String value) {
        Matcher matcher = TEXT.matcher(value.trim().toUpperCase(Locale.ROOT));
        if (matcher.matches()) {
            long unit = 1;
            if (!matcher.group(2).isEmpty()) {
                for (int i = 0; i <= UNITS.indexOf(matcher.group(2).charAt(0)); i++) {
                    unit *= 1000;
                }
            }
            long number = Long.parseLong(matcher.group(1));
            if (number >= 1 && number <= Long.MAX_VALUE / unit) {
                return number * unit;
            }
        }
        throw new TypeConversionException(
                "'" + value + "' must be a number of bytes, at least 1, such as 500MB or 5GB");
    }
}
