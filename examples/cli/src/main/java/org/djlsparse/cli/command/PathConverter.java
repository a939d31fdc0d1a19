package org.djlsparse.cli.command;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a path; rejects one that the system's encoding has distorted. */
public final class PathConverter implements ITypeConverter<Path> {

    private static final String ENCODING = "sun.jnu.encoding";

    /** Creates a converter. */
    public PathConverter() {}

    @Override
    public Path convert(String value) {
        Path path;
        try {
            path = Path.of(value);
        } catch (InvalidPathException e) {
            throw distorted(value);
        }
        // The replacements for bytes that the system's encoding does not have.
        boolean lost = value.indexOf('\uFFFD') >= 0 || (value.indexOf('?') >= 0 && !isUnicode());
        if (lost && !Files.exists(path)) {
            throw distorted(value);
        }
        return path;
    }

    private static boolean isUnicode() {
        String encoding = System.getProperty(ENCODING, "UTF-8");
        return Charset.isSupported(encoding)
                && Charset.forName(encoding).newEncoder().canEncode("\u0416\u00e9");
    }

    private static TypeConversionException distorted(String value) {
        return new TypeConversionException(
                "the system's encoding, "
                        + System.getProperty(ENCODING)
                        + ", cannot represent this name, which reads \""
                        + value
                        + "\" here; set LC_ALL=C.UTF-8, or use another name");
    }
}
