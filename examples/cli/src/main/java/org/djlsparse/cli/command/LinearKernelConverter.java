package org.djlsparse.cli.command;

import org.djlsparse.cli.options.KernelName;
import org.djlsparse.kernel.LinearKernel;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a kernel by its name. */
final class LinearKernelConverter implements ITypeConverter<LinearKernel> {

    @Override
    public LinearKernel convert(String value) {
        try {
            return KernelName.find(value.trim());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
