package org.djlsparse.cli.options;

import java.util.Locale;

/** The names of enum constants as users write them. */
public final class Names {

    private Names() {}

    /**
     * Returns the name of a constant.
     *
     * @param constant the constant
     * @return its Java name in lower case, with hyphens
     */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
