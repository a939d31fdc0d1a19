package org.djlsparse.cli.command;

import org.djlsparse.cli.options.KernelName;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads what is to run products, a kernel's name among the choices. */
final class KernelNameConverter implements ITypeConverter<KernelName> {

    @Override
    public KernelName convert(String value) {
        try {
            return new KernelName(value.trim());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
