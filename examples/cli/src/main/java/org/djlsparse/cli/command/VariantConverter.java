package org.djlsparse.cli.command;

import org.djlsparse.cli.study.Variant;

import java.util.stream.Collectors;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a variant by its name. */
final class VariantConverter implements ITypeConverter<Variant> {

    @Override
    public Variant convert(String value) {
        for (Variant variant : Variant.ALL) {
            if (variant.name().equals(value.trim())) {
                return variant;
            }
        }
        throw new TypeConversionException("'" + value + "' must be one of " + names());
    }

    private static String names() {
        return Variant.ALL.stream().map(Variant::name).collect(Collectors.joining(", "));
    }
}
