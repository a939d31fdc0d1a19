package org.djlsparse.cli.command;

import org.djlsparse.cli.bench.LayerSize;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the size of a layer such as 3072x768. */
public final class LayerSizeConverter implements ITypeConverter<LayerSize> {

    /** Creates a converter. */
    public LayerSizeConverter() {}

    @Override
    public LayerSize convert(String value) {
        try {
            return LayerSize.parse(value.trim());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
