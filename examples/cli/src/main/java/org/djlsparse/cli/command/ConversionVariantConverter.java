package org.djlsparse.cli.command;

import org.djlsparse.cli.convert.ConversionVariant;

import java.util.stream.Collectors;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a way to convert by its name. */
final class ConversionVariantConverter implements ITypeConverter<ConversionVariant> {

    @Override
    public ConversionVariant convert(String value) {
        return ConversionVariant.ALL.stream()
                .filter(variant -> variant.name().equals(value.trim()))
                .findFirst()
                .orElseThrow(
                        () ->
                                new TypeConversionException(
                                        "'" + value + "' must be one of " + names()));
    }

    private static String names() {
        return ConversionVariant.ALL.stream()
                .map(ConversionVariant::name)
                .collect(Collectors.joining(", "));
    }
}
